// Half-open connections: a SYN to each server, and its answer, by one raw socket for all of one family. What a server opens is
// reset by the kernel before the server's program sees it. SYNs of one turn of the loop leave in one call.

import { randomFillSync } from 'node:crypto';
import { constants } from 'node:os';
import { decodeSynAnswer, redirectSyn } from '../../net/tcp-segment.ts';
import { mayUseRawSockets } from '../system/capabilities.ts';
import { KernelError, kernelError } from '../system/error.ts';
import { interfaceIndex } from '../system/libc.ts';
import { callBack, createLooking, type Dialer, type Dialled } from './dialer.ts';
import { addressOf, type HalfOpenDestination, openDestinations } from './half-open-destinations.ts';
import { type HalfOpenLine, openHalfOpenLine } from './half-open-line.ts';
import { batchSize, type Outgoing } from './message-batch.ts';
import { watchPaths } from './path-changes.ts';

const { ECONNREFUSED } = constants.errno;
/** A SYN that is not answered is sent again after a second, as the kernel does it (RFC 6298, 2.1), then later each time. */
const firstResend = 1000;
const resendsEvery = 100;

type Pending = {
  readonly line: HalfOpenLine;
  readonly known: HalfOpenDestination;
  readonly port: number;
  readonly localPort: number;
  readonly packet: Buffer;
  readonly startedAt: number;
  readonly done: (how: Dialled) => void;
  resendAt: number;
};

/**
 * @param scopeOf the index of an interface by its name.
 * @throws KernelError without CAP_NET_RAW
 */
export const openHalfOpenDialer = (
  scopeOf: (name: string) => number | undefined = interfaceIndex,
): Dialer & { readonly close: () => void } => {
  if (!mayUseRawSockets()) throw kernelError('open half a connection', constants.errno.EPERM, 'CAP_NET_RAW is missing');
  const lines = new Map<4 | 6, HalfOpenLine>();
  /** By sequence number, which cannot be guessed. */
  const pending = new Map<number, Pending>();
  /** Destinations and local ports in use. */
  const busy = new Set<string>();
  let unsent: { readonly sequence: number; readonly entry: Pending }[] = [];
  const random = new Uint32Array(256);
  let randomLeft = 0;
  let turn = 0;
  let resentAt = 0;

  const sequenceNumber = (): number => {
    for (;;) {
      if (randomLeft === 0) {
        randomFillSync(random);
        randomLeft = random.length;
      }
      randomLeft -= 1;
      const sequence = random[randomLeft] ?? 0;
      if (!pending.has(sequence)) return sequence;
    }
  };

  const lineOf = (family: 4 | 6): HalfOpenLine => {
    const line = lines.get(family) ?? openHalfOpenLine(family);
    lines.set(family, line);
    return line;
  };
  const destinations = openDestinations({ lineOf, scopeOf, watch: watchPaths });

  const forget = (sequence: number, entry: Pending): void => {
    pending.delete(sequence);
    busy.delete(`${entry.known.key} ${entry.localPort}`);
  };

  const settle = (sequence: number, entry: Pending, how: Dialled): void => {
    forget(sequence, entry);
    callBack(entry.done, how);
  };
  const fail = (sequence: number, entry: Pending, errno: number): void =>
    settle(sequence, entry, { ok: false, error: kernelError('connect', errno) });

  const takeAnswer = (line: HalfOpenLine, bytes: Buffer, from: Buffer): void => {
    const at = line.family === 4 ? ((bytes[0] ?? 0) & 0xf) * 4 : 0;
    const answer = decodeSynAnswer(bytes, at);
    const entry = answer === undefined ? undefined : pending.get(answer.sequence);
    if (answer === undefined || entry === undefined || entry.line !== line) return;
    // Also the sequence number could be right by chance.
    if (answer.sourcePort !== entry.port || answer.destinationPort !== entry.localPort) return;
    if (!addressOf(from).equals(entry.known.address)) return;
    entry.known.isAnswered = true;
    if (answer.isOpen) settle(answer.sequence, entry, { ok: true, roundTrip: performance.now() - entry.startedAt });
    else fail(answer.sequence, entry, ECONNREFUSED);
  };

  /** An ICMP error names the packet that it is about: its first eight bytes behind the IP header are ports and sequence number. */
  const takeError = (line: HalfOpenLine, errno: number, packet: Buffer): void => {
    const at = line.family === 4 ? ((packet[0] ?? 0) & 0xf) * 4 : 40;
    if (packet.length < at + 8) return;
    const sequence = packet.readUInt32BE(at + 4);
    const entry = pending.get(sequence);
    if (entry?.line !== line || packet.readUInt16BE(at) !== entry.localPort) return;
    fail(sequence, entry, errno);
  };

  const readErrors = (line: HalfOpenLine): void => line.readErrors((errno, packet) => takeError(line, errno, packet));

  const flush = (): void => {
    const all = unsent;
    unsent = [];
    for (const line of lines.values()) {
      const own = all.filter(({ entry }) => entry.line === line);
      for (let from = 0; from < own.length; from += batchSize) {
        const part = own.slice(from, from + batchSize);
        const packets = part.map(({ entry }): Outgoing => ({ packet: entry.packet, to: entry.known.to }));
        const { refused, hasErrors } = line.send(packets);
        for (const [index, errno] of refused) {
          const one = part[index];
          if (one !== undefined && pending.get(one.sequence) === one.entry) fail(one.sequence, one.entry, errno);
        }
        if (hasErrors) readErrors(line);
      }
    }
  };

  const resend = (now: number): void => {
    if (now - resentAt < resendsEvery) return;
    resentAt = now;
    for (const [sequence, entry] of pending) {
      if (now < entry.resendAt) continue;
      entry.resendAt = now + 2 * (now - entry.startedAt);
      unsent.push({ sequence, entry });
    }
  };

  const look = (): void => {
    for (const line of lines.values())
      while (line.receive((bytes, from) => takeAnswer(line, bytes, from)) === 'error') readErrors(line);
  };

  /** Sends what this turn of the loop has brought, and takes the answers. */
  const exchange = (): void => {
    flush();
    look();
    if (pending.size === 0) return;
    resend(performance.now());
    flush();
  };
  const looking = createLooking(exchange, () => pending.size > 0);

  const portFor = ({ ports }: HalfOpenLine, { key }: HalfOpenDestination): number => {
    for (let tries = 0; tries < ports.length; tries += 1) {
      turn = (turn + 1) % ports.length;
      const port = ports[turn] ?? 0;
      if (!busy.has(`${key} ${port}`)) return port;
    }
    return ports[turn] ?? 0;
  };

  return {
    dial: (destination, source, done) => {
      try {
        if (unsent.length === 0) destinations.look();
        const [line, to] = destinations.find(destination, source, performance.now());
        const [sequence, localPort, startedAt] = [sequenceNumber(), portFor(line, to), performance.now()];
        const packet = Buffer.from(to.syn);
        redirectSyn(packet, localPort, sequence);
        const { port } = destination;
        const resendAt = startedAt + firstResend;
        const entry: Pending = { line, known: to, port, localPort, packet, startedAt, done, resendAt };
        pending.set(sequence, entry);
        busy.add(`${to.key} ${localPort}`);
        unsent.push({ sequence, entry });
        looking.soon();
        return () => {
          if (pending.get(sequence) === entry) forget(sequence, entry);
        };
      } catch (error) {
        if (!(error instanceof KernelError)) throw error;
        const refusal = setImmediate(done, { ok: false, error });
        return () => clearImmediate(refusal);
      }
    },
    close: () => {
      looking.end();
      for (const line of lines.values()) line.close();
      destinations.close();
      lines.clear();
      pending.clear();
    },
  };
};
