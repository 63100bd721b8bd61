// Where the programs of the director's processes lie.

import { fileURLToPath } from 'node:url';

/** The compiled program of the process that a room runs. */
export const programOf = (room: 'vrrp' | 'healthcheck'): string =>
  fileURLToPath(new URL(`../${room}/process.js`, import.meta.url));
