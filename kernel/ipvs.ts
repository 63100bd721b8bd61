// The kernel's IPVS table: listed, and changed in one batch. What is already as wanted counts as done.

import { constants } from 'node:os';
import type { Change } from './diff.ts';
import { type KernelError, kernelError } from './error.ts';
import { decodeCommand, encodeCommand, resolveFamily } from './generic-netlink.ts';
import { commandAttributes, infoAttributes, ipvsCommands, ipvsFamily } from './ipvs-attributes.ts';
import {
  type DestinationEntry,
  type DestinationState,
  decodeDestination,
  decodeService,
  destinationIdentity,
  destinationKey,
  destinationValues,
  type ServiceAddress,
  type ServiceEntry,
  type ServiceState,
  serviceIdentity,
  serviceKey,
  serviceValues,
} from './ipvs-entries.ts';
import { type AttributeValues, isMalformed } from './netlink.ts';
import { NETLINK_GENERIC, openNetlink, type Request } from './netlink-socket.ts';

export type IpvsChange = Change<ServiceEntry> | Change<DestinationEntry>;

/** One change and, where the kernel refused it, why. */
export type IpvsResult = { readonly change: IpvsChange; readonly error: KernelError | undefined };

export type IpvsInfo = {
  /** As ipvsadm prints it: `1.2.1`. */
  readonly version: string;
  /** Entries of the connection hash table. */
  readonly connectionTableSize: number;
};

export type Ipvs = {
  /** Every service that is found by address; those of a firewall mark are left out. @throws KernelError */
  services(): ServiceState[];
  /** The destinations of a service; none when there is no such service. @throws KernelError */
  destinations(service: ServiceAddress): DestinationState[];
  /**
   * Applies changes in one batch: services added and updated, then destinations in the order given, then services removed
   * (which takes their destinations with them).
   * To add what exists updates it, to update what has gone adds it, to remove what has gone is done.
   * @returns one result a change, in that order
   */
  apply(services: readonly Change<ServiceEntry>[], destinations: readonly Change<DestinationEntry>[]): IpvsResult[];
  info(): IpvsInfo;
  close(): void;
};

type ChangeType = IpvsChange['type'];
type CommandValues = AttributeValues<typeof commandAttributes>;

const isDestination = (entry: ServiceEntry | DestinationEntry): entry is DestinationEntry => 'service' in entry;

const describe = ({ type, entry }: IpvsChange): string => {
  if (!isDestination(entry))
    return type === 'remove'
      ? `remove IPVS service ${serviceKey(entry)}`
      : `${type === 'add' ? 'add' : 'change'} IPVS service ${serviceKey(entry)} (${entry.scheduler})`;
  return type === 'remove'
    ? `remove IPVS destination ${destinationKey(entry)}`
    : `${type === 'add' ? 'add' : 'change'} IPVS destination ${destinationKey(entry)} (${entry.forwarding}, weight ${entry.weight})`;
};

const serviceCommands: { readonly [Type in ChangeType]: number } = {
  add: ipvsCommands.newService,
  update: ipvsCommands.setService,
  remove: ipvsCommands.deleteService,
};
const destinationCommands: { readonly [Type in ChangeType]: number } = {
  add: ipvsCommands.newDestination,
  update: ipvsCommands.setDestination,
  remove: ipvsCommands.deleteDestination,
};

/** The attributes of a change, done as `type` says; undefined when one of its addresses is none. */
const valuesOf = (change: IpvsChange, type: ChangeType): CommandValues | undefined => {
  const { entry } = change;
  if (!isDestination(entry)) {
    const kept = change.type === 'update' && !isDestination(change.from) ? change.from.settings : undefined;
    const service = type === 'remove' ? serviceIdentity(entry) : serviceValues(entry, kept);
    return service && { service };
  }
  const kept = change.type === 'update' && isDestination(change.from) ? change.from.settings : undefined;
  const service = serviceIdentity(entry.service);
  const destination = type === 'remove' ? destinationIdentity(entry) : destinationValues(entry, kept);
  return service && destination && { service, destination };
};

/**
 * What to do about a refusal: try the change as one of another type, or take it as done.
 * A service that is not there is ESRCH, a destination ENOENT; ENOENT for a service means a scheduler that is not there.
 * (net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_genl_set_cmd)
 */
export const reconcile = (change: IpvsChange, code: string): 'add' | 'update' | 'done' | 'refused' => {
  const missing = isDestination(change.entry) ? 'ENOENT' : 'ESRCH';
  if (change.type === 'add') return code === 'EEXIST' ? 'update' : 'refused';
  if (change.type === 'update') return code === missing ? 'add' : 'refused';
  return code === missing || code === 'ESRCH' ? 'done' : 'refused';
};

/** Opens the IPVS table of the network namespace that this thread is in; the kernel loads ip_vs if it can. @throws KernelError */
export const openIpvs = (): Ipvs => {
  const netlink = openNetlink(NETLINK_GENERIC);
  const open = (): number => {
    try {
      return resolveFamily(netlink, ipvsFamily.name);
    } catch (error) {
      netlink.close();
      throw error;
    }
  };
  const family = open();

  const request = (operation: string, command: number, values: CommandValues): Request => ({
    operation,
    type: family,
    payload: encodeCommand(command, ipvsFamily.version, commandAttributes, values),
  });

  const list = (operation: string, command: number, values: CommandValues): CommandValues[] =>
    netlink.dump(request(operation, command, values)).map((message) => {
      const decoded = decodeCommand(commandAttributes, message.payload);
      if (isMalformed(decoded)) throw kernelError(operation, constants.errno.EBADMSG);
      return decoded;
    });

  const services = (): ServiceState[] =>
    list('list IPVS services', ipvsCommands.getService, {}).flatMap(({ service = {} }) => decodeService(service) ?? []);

  const destinations = (service: ServiceAddress): DestinationState[] => {
    const operation = `list IPVS destinations of ${serviceKey(service)}`;
    const identity = serviceIdentity(service);
    if (identity === undefined) throw kernelError(operation, constants.errno.EINVAL, 'not an IP address');
    return list(operation, ipvsCommands.getDestination, { service: identity }).flatMap(
      ({ destination = {} }) => decodeDestination(service, destination) ?? [],
    );
  };

  /** One round: each change done as its type says. */
  const attempt = (changes: readonly { readonly change: IpvsChange; readonly as: ChangeType }[]): IpvsResult[] => {
    const requests = changes.map(({ change, as }) => {
      const commands = isDestination(change.entry) ? destinationCommands : serviceCommands;
      const values = valuesOf(change, as);
      return values && request(describe(change), commands[as], values);
    });
    const answers = netlink.request(requests.filter((one) => one !== undefined)).values();
    return changes.map(({ change }, index) => {
      if (requests[index] === undefined)
        return { change, error: kernelError(describe(change), constants.errno.EINVAL, 'not an IP address') };
      const answer = answers.next().value;
      return { change, error: answer?.ok === false ? answer.error : undefined };
    });
  };

  const apply: Ipvs['apply'] = (serviceChanges, destinationChanges) => {
    const removals = serviceChanges.filter(({ type }) => type === 'remove');
    const changes: IpvsChange[] = [
      ...serviceChanges.filter(({ type }) => type !== 'remove'),
      ...destinationChanges,
      ...removals,
    ];
    const first = attempt(changes.map((change) => ({ change, as: change.type })));
    const verdicts = first.map(({ change, error }) => (error === undefined ? 'done' : reconcile(change, error.code)));
    const again = first.flatMap(({ change }, index) => {
      const as = verdicts[index];
      return as === 'add' || as === 'update' ? [{ change, as }] : [];
    });
    const second = attempt(again).values();
    return first.map((result, index) => {
      const verdict = verdicts[index];
      if (verdict === 'refused') return result;
      return verdict === 'done' ? { change: result.change, error: undefined } : (second.next().value ?? result);
    });
  };

  const info = (): IpvsInfo => {
    const operation = 'read IPVS information';
    const [result] = netlink.request([request(operation, ipvsCommands.getInfo, {})]);
    if (result === undefined || !result.ok) throw result?.error ?? kernelError(operation, constants.errno.EBADMSG);
    const [reply] = result.replies;
    const values = reply === undefined ? {} : decodeCommand(infoAttributes, reply.payload);
    if (isMalformed(values)) throw kernelError(operation, constants.errno.EBADMSG);
    const { version = 0, connectionTableSize = 0 } = values;
    return { version: [version >> 16, (version >> 8) & 0xff, version & 0xff].join('.'), connectionTableSize };
  };

  return { services, destinations, apply, info, close: netlink.close };
};
