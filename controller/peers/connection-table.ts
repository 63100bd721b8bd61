// What the connection table does not say of its connections, found in the IPVS table, and which of them are worth telling. Pure.

import { type Milliseconds, milliseconds } from '../../base/units.ts';
import type { ConnectionEntry } from '../../kernel/ipvs/connections.ts';
import type { DestinationEntry } from '../../kernel/ipvs/entries.ts';
import type { SyncSettings } from '../../kernel/ipvs/sync-message.ts';
import type { IpvsTimeouts } from '../../kernel/ipvs/timeouts.ts';

/** Finds how a connection is forwarded: by its service's address and port, by one of every port, or by a firewall mark. */
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

/** Seconds without a packet after which the kernel forgets a connection in a state that has no setting (ip_vs_proto_tcp.c). */
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
 * The connections of which something was heard lately, also those that are not established yet, of which no kernel tells.
 * A director whose table is alive must not be told older ones: its client may have begun another connection from the same
 * port since, which the kernel would end for the old one.
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
