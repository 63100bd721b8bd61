// The descriptor of a netlink socket: opens, sizes and binds it, and decodes its datagrams.

import { constants } from 'node:os';
import { kernelError } from '../system/error.ts';
import {
  AF_NETLINK,
  bindSocket,
  closeDescriptor,
  openSocket,
  receive,
  SOCK_RAW,
  setReceiveBuffer,
  setSocketOption,
} from '../system/libc.ts';
import { decodeMessages, isMalformed, type Message, pack } from './codec.ts';

export const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;

const receiveBuffer = 4 * 1024 * 1024;
const { EBADMSG, EMSGSIZE } = constants.errno;

/** Opens, sizes and binds a netlink socket; the kernel chooses its port id. @throws KernelError */
export const openNetlinkDescriptor = (protocol: number): number => {
  const fd = openSocket(AF_NETLINK, SOCK_RAW, protocol);
  try {
    setReceiveBuffer(fd, receiveBuffer);
    setSocketOption(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
    setSocketOption(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
    // struct sockaddr_nl: family, padding, port id, groups.
    bindSocket(fd, pack(['u16', AF_NETLINK], ['u16', 0], ['u32', 0], ['u32', 0]));
    return fd;
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
};

/**
 * Reads one datagram without blocking. Its messages are valid until the next call, because the buffer is reused.
 * @returns undefined when none is waiting.
 * @throws KernelError ENOBUFS when the kernel dropped messages, EBADMSG or EMSGSIZE when one cannot be read.
 */
export const receiveMessages = (fd: number, buffer: Buffer): Message[] | undefined => {
  const length = receive(fd, buffer);
  if (length === undefined) return undefined;
  if (length > buffer.length) throw kernelError('receive from netlink', EMSGSIZE, `${length} bytes`);
  const messages = decodeMessages(buffer.subarray(0, length));
  if (isMalformed(messages)) throw kernelError('decode netlink', EBADMSG, `${messages.malformed} @${messages.offset}`);
  return messages;
};
