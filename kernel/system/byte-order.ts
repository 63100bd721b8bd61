// The machine's byte order, used by netlink and most kernel structures.

import { endianness } from 'node:os';

/** Whether this machine stores the low byte first. */
export const isLittleEndian = endianness() === 'LE';
