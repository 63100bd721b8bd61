// The machine's byte order, which netlink and most structures of the kernel follow.

import { endianness } from 'node:os';

/** Whether this machine stores the low byte first. */
export const isLittleEndian = endianness() === 'LE';
