// The sockets of half-open probes over one family: a raw one for all SYNs and their answers, and the local ports that they leave
// from. The ports are bound, so that no connection of this host uses them, and nothing listens on them: the kernel itself resets
// what a server opens.

import {
  AF_INET,
  AF_INET6,
  bindSocket,
  closeDescriptor,
  openSocket,
  SOCK_RAW,
  setReceiveBuffer,
  setSocketOption,
  socketName,
} from '../system/libc.ts';
import { attachFilter } from './attach-filter.ts';
import { synAnswerFilter } from './half-open-filter.ts';
import { openErrorQueue, openReceiver, openSender } from './message-batch.ts';
import { openSourceAddresses } from './source-address.ts';

const SOCK_STREAM = 1;
const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const IPPROTO_IPV6 = 41;
const IP_HDRINCL = 3;
const IP_RECVERR = 11;
const IPV6_RECVERR = 25;
const IPV6_HDRINCL = 36;
const IPV6_V6ONLY = 26;
/** A server may be asked again from another port while it still has the last connection. */
const portCount = 16;
const receiveBuffer = 4 * 1024 * 1024;

export type HalfOpenLine = {
  readonly family: 4 | 6;
  readonly ports: readonly number[];
  readonly send: ReturnType<typeof openSender>;
  readonly receive: ReturnType<typeof openReceiver>;
  readonly readErrors: ReturnType<typeof openErrorQueue>;
  readonly sourceOf: (to: Buffer, from: Buffer | undefined) => Buffer;
  readonly close: () => void;
};

const anyAddress = (family: 4 | 6): Buffer => {
  const address = Buffer.alloc(family === 4 ? 16 : 28);
  new Uint16Array(address.buffer, address.byteOffset, 1)[0] = family === 4 ? AF_INET : AF_INET6;
  return address;
};

/** @throws KernelError: EPERM without CAP_NET_RAW, EAFNOSUPPORT without the family */
export const openHalfOpenLine = (family: 4 | 6): HalfOpenLine => {
  const domain = family === 4 ? AF_INET : AF_INET6;
  const opened: number[] = [];
  const open = (type: number, protocol: number): number => {
    const fd = openSocket(domain, type, protocol);
    opened.push(fd);
    return fd;
  };
  const closeAll = (): void => {
    for (const fd of opened) closeDescriptor(fd);
  };
  try {
    const raw = open(SOCK_RAW, IPPROTO_TCP);
    const ports = Array.from({ length: portCount }, () => {
      const fd = open(SOCK_STREAM, 0);
      if (family === 6) setSocketOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
      bindSocket(fd, anyAddress(family));
      return socketName(fd).readUInt16BE(2);
    });
    attachFilter(raw, synAnswerFilter(family, ports));
    setReceiveBuffer(raw, receiveBuffer);
    const level = family === 4 ? IPPROTO_IP : IPPROTO_IPV6;
    setSocketOption(raw, level, family === 4 ? IP_HDRINCL : IPV6_HDRINCL, 1);
    setSocketOption(raw, level, family === 4 ? IP_RECVERR : IPV6_RECVERR, 1);
    const nameLength = family === 4 ? 16 : 28;
    const sources = openSourceAddresses(family);
    return {
      family,
      ports,
      send: openSender(raw, nameLength),
      receive: openReceiver(raw, nameLength),
      readErrors: openErrorQueue(raw),
      sourceOf: sources.find,
      close: () => {
        closeAll();
        sources.close();
      },
    };
  } catch (error) {
    closeAll();
    throw error;
  }
};
