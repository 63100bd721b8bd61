// What routing daemons answered, as it came from their sockets.

import { readFileSync } from 'node:fs';

export const captured = (name: string): string => readFileSync(`test/unit/routing/captured/${name}.txt`, 'utf8');
