// Asks the witness on the clients' side by ICMP echo, twice a second.

import { randomBytes } from 'node:crypto';
import { messageOf } from '../../base/error.ts';
import { monotonic } from '../../base/units.ts';
import { type IcmpSocket, openIcmpSocket } from '../../kernel/sockets/icmp-socket.ts';
import { decodeEchoReply, encodeEchoRequest } from '../../net/icmp-echo.ts';
import { familyOf, type IpAddress } from '../../net/ip-address.ts';
import type { Log } from '../log/log.ts';
import { unwitnessed, type Witnessed, witness } from './witness-state.ts';

/** In milliseconds; a request is unanswered once the next is due. */
const askEvery = 500;

export type Witness = {
  readonly address: IpAddress;
  readonly now: () => Witnessed;
  readonly close: () => void;
};

export const askWitness = (address: IpAddress, log: Log): Witness => {
  const family = familyOf(address) === 'ipv6' ? 6 : 4;
  const about = { process: 'director', subject: address } as const;
  const identifier = randomBytes(2).readUInt16BE();
  const token = randomBytes(16);
  let socket: IcmpSocket | undefined;
  let witnessed = unwitnessed(monotonic());
  let sequence = 0;
  let isAwaited = false;
  let complaint = '';

  const take = (isAnswered: boolean): void => {
    const before = witnessed.state;
    witnessed = witness(witnessed, isAnswered, monotonic());
    if (witnessed.state === before) return;
    if (witnessed.state === 'lost')
      log('warn', { ...about, event: 'witness-lost' }, `the witness ${address} does not answer`);
    else log('info', { ...about, event: 'witness-answers' }, `the witness ${address} answers`);
  };
  const complain = (error: unknown): void => {
    const text = messageOf(error);
    if (text !== complaint) log('warn', { ...about, event: 'witness-not-asked' }, `${text}; it is tried again`);
    complaint = text;
  };
  const drop = (): void => {
    socket?.close();
    socket = undefined;
  };
  const open = (): IcmpSocket =>
    openIcmpSocket({
      family,
      onMessage: (message, source) => {
        const echo = decodeEchoReply(family, message);
        const isOurs = echo?.identifier === identifier && echo.sequence === sequence && echo.data.equals(token);
        if (!isOurs || source !== address || !isAwaited) return;
        isAwaited = false;
        take(true);
      },
      onError: (error) => {
        complain(error);
        drop();
      },
    });
  const ask = (): void => {
    if (isAwaited) take(false);
    isAwaited = false;
    sequence = (sequence + 1) & 0xffff;
    try {
      socket ??= open();
      // A request that the kernel refuses, such as without a route, is unanswered too; without a socket the state is unknown.
      isAwaited = true;
      socket.send(encodeEchoRequest(family, { identifier, sequence, data: token }), address);
      complaint = '';
    } catch (error) {
      complain(error);
    }
  };
  const ticker = setInterval(ask, askEvery);
  ask();
  return {
    address,
    now: () => witnessed,
    close: () => {
      clearInterval(ticker);
      drop();
    },
  };
};
