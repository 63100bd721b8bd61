// Keeps V8's young generation at its current size, before anything else is loaded: a director lives for months with little live
// data, but one large turn would leave it with 32 MiB more for ever. A program cannot set Node's flags at run time.

import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--semi-space-growth-factor=1');
