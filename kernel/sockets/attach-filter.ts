// Attaches a program to a socket: the kernel drops what it does not pass (Documentation/networking/filter.rst).

import { pack } from '../netlink/codec.ts';
import { koffi } from '../system/koffi.ts';
import { SOL_SOCKET, setSocketOption } from '../system/libc.ts';

const SO_ATTACH_FILTER = 26;

/** @param program instructions of eight bytes. @throws KernelError */
export const attachFilter = (fd: number, program: Buffer): void => {
  // struct sock_fprog: the number of instructions, and a pointer to them.
  const address = Buffer.alloc(8);
  const header = Buffer.concat([pack(['u16', program.length / 8], ['u16', 0], ['u32', 0]), address]);
  new BigUint64Array(header.buffer, header.byteOffset + 8, 1)[0] = koffi.address(program);
  setSocketOption(fd, SOL_SOCKET, SO_ATTACH_FILTER, header);
};
