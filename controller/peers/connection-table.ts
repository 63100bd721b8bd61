// Adds the service settings that the connection table lacks, and selects the connections worth sending. Pure.

import { type Milliseconds, milliseconds } from '../../base/units.ts';
import type { ConnectionEntry } from '../../kernel/ipvs/connections.ts';
import type { DestinationEntry } from '../../kernel/ipvs/entries.ts';
import type { SyncSettings } from '../../kernel/ipvs/sync-message.ts';
import type { IpvsTimeouts } from '../../kernel/ipvs/timeouts.ts';

/** Finds a connection's forwarding: by its service's address and port, by a service on every port, or by a firewall mark. */
export const settingsIn = (
  destinations: Iterable<DestinationEntry>,
): ((entry: ConnectionEntry) => SyncSettings | undefined) => {
  const byServer = new Map<string, DestinationEntry[]>();
  for (const destination of destinations) {
    const known = byServer.get(destination.address) ?? [];
    byServer.set(destination.address, [...known, destination]);
  }
  return ({ server, virtual, protocol }) => {
    const candidates = byServer.get(server.address) ?? [];
    const found =
      [virtual.port, 0]
        .map((port) =>
          candidates.find(
            ({ service }) =>
              'address' in service &&
              service.address === virtual.address &&
              service.port === port &&
              service.protocol === protocol,
          ),
        )
        .find((one) => one !== undefined) ?? candidates.find(({ service }) => 'firewallMark' in service);
    if (found === undefined) return undefined;
    const { forwarding, service } = found;
    return { forwarding, ...('firewallMark' in service && { firewallMark: service.firewallMark }) };
  };
};

/** Seconds of silence after which the kernel forgets a connection, for states without a setting (ip_vs_proto_tcp.c). */
const fixedTimeouts: Readonly<Record<string, number>> = {
  SYN_SENT: 120,
  SYN_RECV: 60,
  SYNACK: 120,
  CLOSE_WAIT: 60,
  LAST_ACK: 30,
};

const timeoutOf = ({ protocol, state }: ConnectionEntry, { tcp, tcpFin, udp }: IpvsTimeouts): number => {
  if (protocol === 'udp') return udp;
  if (state === 'ESTABLISHED') return tcp;
  if (protocol !== 'tcp') return 0;
  return state === 'FIN_WAIT' ? tcpFin : (fixedTimeouts[state] ?? 0);
};

/**
 * The connections with recent packets, also those not established yet, which no kernel sends. A master must not be sent older
 * ones: the client may have opened another connection from the same port since, which the kernel would end for the old one.
 */
export const activeWithin = (
  entries: readonly ConnectionEntry[],
  span: Milliseconds,
  timeouts: IpvsTimeouts,
): ConnectionEntry[] =>
  entries.filter((entry) => {
    const timeout = timeoutOf(entry, timeouts);
    return !entry.isTemplate && timeout > 0 && milliseconds((timeout - entry.expires) * 1000) <= span;
  });
