// Keeps V8's young generation as small as it is now, before all else is loaded: a director lives for months, and what is alive of it at
// a time is little, but one large turn would leave it with 32 MiB more for ever. Node takes no flag from a program that runs.

import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--semi-space-growth-factor=1');
