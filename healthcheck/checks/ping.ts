// The ping check: an echo request must come back whole. All targets of a family share one socket.

import { randomBytes } from 'node:crypto';
import type { PingCheck } from '../../config/model/check-model.ts';
import { decodeEchoReply, encodeEchoRequest } from '../../net/icmp-echo.ts';
import { familyOf, type IpAddress } from '../../net/ip-address.ts';
import { attempt } from '../attempt.ts';
import type { Probe } from '../outcome.ts';

/** A socket for ICMP messages without their IP header. */
export type EchoSocket = {
  /** @throws with a `code` such as EHOSTUNREACH. */
  readonly send: (message: Buffer, destination: IpAddress) => void;
  readonly close: () => void;
};

export type OpenEchoSocket = (options: {
  readonly family: 4 | 6;
  readonly source?: IpAddress;
  readonly onMessage: (message: Buffer, source: IpAddress) => void;
  /** The socket is unusable from now on. */
  readonly onError: (error: Error) => void;
}) => EchoSocket;

type Waiting = { readonly take: (data: Buffer) => void };
type Line = { readonly socket: EchoSocket; readonly identifier: number; sequence: number };

/** Tells this process's requests from those of other processes with the same identifier. */
const tokenLength = 8;

export const createPingProbe = (open: OpenEchoSocket): Probe<PingCheck> => {
  const token = randomBytes(tokenLength);
  // One socket per family and source address.
  const lines = new Map<string, Line>();
  // Each entry lives no longer than its probe.
  const waiting = new Map<string, Waiting>();

  const lineFor = (family: 4 | 6, source: IpAddress | undefined): Line => {
    const name = `${family} ${source ?? ''}`;
    const known = lines.get(name);
    if (known !== undefined) return known;
    const identifier = randomBytes(2).readUInt16BE();
    const socket = open({
      family,
      ...(source !== undefined && { source }),
      onMessage: (message, from) => {
        const echo = decodeEchoReply(family, message);
        if (echo?.identifier !== identifier || !echo.data.subarray(0, tokenLength).equals(token)) return;
        waiting.get(`${from} ${echo.sequence}`)?.take(echo.data);
      },
      onError: () => {
        lines.delete(name);
        socket.close();
      },
    });
    const line = { socket, identifier, sequence: 0 };
    lines.set(name, line);
    return line;
  };

  return (target, timeout) =>
    attempt(target.id, timeout, (run) => {
      const { endpoint, check } = target;
      const family = familyOf(endpoint.address) === 'ipv6' ? 6 : 4;
      const data = Buffer.concat([token, Buffer.alloc(check.size - tokenLength, 'regent')]);
      let name: string | undefined;
      try {
        const line = lineFor(family, check.sourceAddress);
        line.sequence = (line.sequence + 1) & 0xffff;
        name = `${endpoint.address} ${line.sequence}`;
        waiting.set(name, {
          take: (echoed) =>
            echoed.equals(data) ? run.succeed() : run.fail('it answered with other data than it was sent'),
        });
        line.socket.send(
          encodeEchoRequest(family, { identifier: line.identifier, sequence: line.sequence, data }),
          endpoint.address,
        );
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        // Without a socket there is no identifier: this host may not ping.
        if (name === undefined) run.fault(error.message);
        else run.breakOff(error);
      }
      return () => {
        if (name !== undefined) waiting.delete(name);
      };
    });
};
