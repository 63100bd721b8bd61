// The UDP check: one datagram out, and the expected answer.

import { createSocket } from 'node:dgram';
import type { Payload, UdpCheck } from '../../config/model/check-model.ts';
import { openRefusableUdp, type RefusableUdp } from '../../kernel/sockets/refusable-udp.ts';
import { familyOf, unspecified } from '../../net/ip-address.ts';
import { type Attempt, attempt } from '../attempt.ts';
import type { Target } from '../messages.ts';
import { describeRefusal } from '../network-error.ts';
import type { Probe } from '../outcome.ts';

/**
 * Sends one datagram from a connected socket: it receives from its destination only, and learns of a closed port,
 * and who says so.
 * @returns a function that closes the socket.
 */
export const exchange = (
  { endpoint, check: { sourceAddress } }: Target,
  payload: Buffer,
  run: Attempt,
  onReply: (bytes: Buffer) => void,
): (() => void) => {
  const family = familyOf(endpoint.address);
  let isClosed = false;
  let udp: RefusableUdp;
  try {
    udp = openRefusableUdp(sourceAddress ?? unspecified[family]);
  } catch (error) {
    run.breakOff(error as NodeJS.ErrnoException);
    return () => undefined;
  }
  const socket = createSocket(family === 'ipv6' ? 'udp6' : 'udp4');
  const breakOff = (error: NodeJS.ErrnoException): void => {
    if (isClosed) return;
    const sender = udp.refuser();
    if (sender === undefined) run.breakOff(error);
    else run.fail(describeRefusal(error, sender, endpoint.address));
  };
  socket.on('error', breakOff);
  socket.on('message', onReply);
  const connect = (): void => {
    // A missing route is reported by the callback's argument, not by an 'error' event.
    socket.connect(endpoint.port, endpoint.address, (error?: Error) => {
      if (isClosed) return;
      if (error !== undefined && error !== null) return breakOff(error);
      socket.send(payload, (failure) => {
        if (failure !== null) breakOff(failure);
      });
    });
  };
  socket.bind({ fd: udp.fd, exclusive: true }, connect);
  return () => {
    isClosed = true;
    socket.close();
  };
};

const bytesOf = ({ encoding, text }: Payload): Buffer => Buffer.from(text, encoding);

const show = (bytes: Buffer): string =>
  /^[\x20-\x7e]*$/.test(bytes.toString('latin1'))
    ? `"${bytes.toString('latin1', 0, 60)}"`
    : bytes.toString('hex', 0, 30);

/** Judges the first datagram received. */
export const probeUdp: Probe<UdpCheck> = (target, timeout) =>
  attempt(target.id, timeout, (run) => {
    const { payload, expectedReply, silence } = target.check;
    run.expect('reply');
    if (silence === 'passes') run.atDeadline(() => run.succeed());
    const wanted = expectedReply === undefined ? undefined : bytesOf(expectedReply);
    return exchange(target, bytesOf(payload), run, (reply) => {
      if (wanted === undefined || reply.includes(wanted)) run.succeed();
      else run.fail(`the reply ${show(reply)} does not contain ${show(wanted)}`);
    });
  });
