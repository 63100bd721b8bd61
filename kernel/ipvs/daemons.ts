import { bytesOf, familyOf, formatAddress, type IpAddress } from '../../net/ip-address.ts';
import type { Change } from '../diff.ts';
import type { AttributeValues } from '../netlink/codec.ts';
import type { KernelError } from '../system/error.ts';
import { type daemonAttributes, daemonStates } from './attributes.ts';
import type { Command, IpvsFamily } from './family.ts';

export type DaemonEntry = {
  /** A master sends its connections, a backup receives them; a host may run both. */
  readonly state: keyof typeof daemonStates;
  readonly interface: string;
  /** A backup accepts messages with its own id only, 0-255. */
  readonly syncId: number;
  /** The longest message in bytes; shorter ones are sent sooner. */
  readonly maxLength: number;
  /** The multicast group, IPv4 or IPv6. */
  readonly group: IpAddress;
  readonly port: number;
  readonly ttl: number;
};

export const daemonKey = ({ state }: Pick<DaemonEntry, 'state'>): string => `connection sync ${state}`;

export const isSameDaemon = (actual: DaemonEntry, desired: DaemonEntry): boolean =>
  actual.interface === desired.interface &&
  actual.syncId === desired.syncId &&
  // A backup accepts messages of any length: the kernel's buffer has at least 1024 bytes.
  (actual.state === 'backup' || actual.maxLength === desired.maxLength) &&
  actual.group === desired.group &&
  actual.port === desired.port &&
  actual.ttl === desired.ttl;

/** The attributes that start a daemon. */
const daemonValues = (entry: DaemonEntry): AttributeValues<typeof daemonAttributes> => {
  const group = bytesOf(entry.group);
  return {
    state: daemonStates[entry.state],
    interface: entry.interface,
    syncId: entry.syncId,
    maxLength: entry.maxLength,
    ...(familyOf(entry.group) === 'ipv4' ? { group } : { group6: group }),
    port: entry.port,
    ttl: entry.ttl,
  };
};

const decodeDaemon = (values: AttributeValues<typeof daemonAttributes>): DaemonEntry | undefined => {
  const { state, interface: name, syncId = 0, maxLength = 0, port = 0, ttl = 0 } = values;
  const group = values.group ?? values.group6;
  if (name === undefined || group === undefined) return undefined;
  const states = Object.entries(daemonStates) as [DaemonEntry['state'], number][];
  const known = states.find(([, number]) => number === state)?.[0];
  return known && { state: known, interface: name, syncId, maxLength, group: formatAddress(group), port, ttl };
};

const start = (entry: DaemonEntry): Command => ({
  operation: `start ${daemonKey(entry)} on ${entry.interface}`,
  command: 'newDaemon',
  values: { daemon: daemonValues(entry) },
});

const end = (entry: DaemonEntry): Command => ({
  operation: `end ${daemonKey(entry)} on ${entry.interface}`,
  command: 'deleteDaemon',
  values: { daemon: { state: daemonStates[entry.state] } },
});

/** The running daemons of the family's namespace. @throws KernelError */
export const listDaemons = (family: IpvsFamily): DaemonEntry[] =>
  family
    .list({ operation: 'list connection sync daemons', command: 'getDaemon', values: {} })
    .flatMap(({ daemon = {} }) => decodeDaemon(daemon) ?? []);

export type DaemonResult = { readonly change: Change<DaemonEntry>; readonly error: KernelError | undefined };

/** Applies changes; a running daemon cannot be changed, so it is stopped and started again. */
export const applyDaemons = (family: IpvsFamily, changes: readonly Change<DaemonEntry>[]): DaemonResult[] =>
  changes.map((change) => {
    const { type, entry } = change;
    const results = family.write([
      ...(type === 'add' ? [] : [end(entry)]),
      ...(type === 'remove' ? [] : [start(entry)]),
    ]);
    const last = results.at(-1);
    // A daemon may already have ended by itself.
    const isDone = last?.ok !== false || (type === 'remove' && last.error.code === 'ESRCH');
    return { change, error: isDone ? undefined : last.error };
  });
