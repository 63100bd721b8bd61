// The kernel's IPVS table: listed, and changed in one batch. Changes already in effect count as done.

import { createHash } from 'node:crypto';
import type { Change } from '../diff.ts';
import { KernelError } from '../system/error.ts';
import { infoAttributes, type ipvsCommands } from './attributes.ts';
import {
  decodeDestination,
  decodeService,
  destinationIdentity,
  destinationValues,
  serviceIdentity,
  serviceValues,
} from './codec.ts';
import {
  type DestinationEntry,
  type DestinationState,
  destinationKey,
  type ServiceAddress,
  type ServiceEntry,
  type ServiceState,
  serviceKey,
} from './entries.ts';
import { type CommandValues, type IpvsFamily, openIpvsFamily } from './family.ts';
import { openListing } from './listing.ts';
import { settingsText } from './settings-text.ts';

export type IpvsChange = Change<ServiceEntry> | Change<DestinationEntry>;

/** A change and, where the kernel refused it, the error. */
export type IpvsResult = { readonly change: IpvsChange; readonly error: KernelError | undefined };

export type IpvsInfo = {
  /** As ipvsadm prints it: `1.2.1`. */
  readonly version: string;
  /** Size of the connection hash table, in entries. */
  readonly connectionTableSize: number;
};

export type IpvsService = { readonly service: ServiceState; readonly destinations: readonly DestinationState[] };

export type Ipvs = {
  /** All services. @throws KernelError */
  services(): ServiceState[];
  /** The destinations of a service; empty when there is no such service. @throws KernelError */
  destinations(service: ServiceAddress): DestinationState[];
  /** The whole table as text, cheaply; undefined where the kernel does not have the listing. */
  list(): string | undefined;
  /**
   * A digest of the settings of a service and its destinations, without weights and counters, that is equal as long as they are;
   * undefined when there is no such service. Much cheaper than a reading. @throws KernelError
   */
  settings(service: ServiceAddress): string | undefined;
  /** A service with its destinations; undefined when there is no such service. @throws KernelError */
  read(service: ServiceAddress): IpvsService | undefined;
  /**
   * Applies changes in one batch: added and updated services, then destinations in the given order, then removed services (with
   * their destinations). Adding an existing entry updates it, updating a missing one adds it, removing a missing one is done.
   * @returns one result a change, in that order
   */
  apply(services: readonly Change<ServiceEntry>[], destinations: readonly Change<DestinationEntry>[]): IpvsResult[];
  info(): IpvsInfo;
  /** Access to the family's other objects: daemons, timeouts. */
  readonly family: IpvsFamily;
  close(): void;
};

type ChangeType = IpvsChange['type'];
type CommandName = keyof typeof ipvsCommands;

const isDestination = (entry: ServiceEntry | DestinationEntry): entry is DestinationEntry => 'service' in entry;

const verbs: { readonly [Type in ChangeType]: string } = { add: 'add', update: 'change', remove: 'remove' };

const describe = ({ type, entry }: IpvsChange): string => {
  if (!isDestination(entry))
    return `${verbs[type]} IPVS service ${serviceKey(entry)}${type === 'remove' ? '' : ` (${entry.scheduler})`}`;
  const settings = type === 'remove' ? '' : ` (${entry.forwarding}, weight ${entry.weight})`;
  return `${verbs[type]} IPVS destination ${destinationKey(entry)}${settings}`;
};

const serviceCommands: { readonly [Type in ChangeType]: CommandName } = {
  add: 'newService',
  update: 'setService',
  remove: 'deleteService',
};
const destinationCommands: { readonly [Type in ChangeType]: CommandName } = {
  add: 'newDestination',
  update: 'setDestination',
  remove: 'deleteDestination',
};

/** The attributes of a change, encoded for `type`. */
const valuesOf = ({ entry }: IpvsChange, type: ChangeType): CommandValues => {
  if (!isDestination(entry)) {
    return { service: type === 'remove' ? serviceIdentity(entry) : serviceValues(entry) };
  }
  const service = serviceIdentity(entry.service);
  const destination = type === 'remove' ? destinationIdentity(entry) : destinationValues(entry);
  return { service, destination };
};

/**
 * How to handle a refusal: retry the change as another type, or take it as done. A missing service is ESRCH, a missing
 * destination ENOENT; ENOENT for a service means a missing scheduler. (net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_genl_set_cmd)
 */
export const reconcile = (change: IpvsChange, code: string): 'add' | 'update' | 'done' | 'refused' => {
  const missing = isDestination(change.entry) ? 'ENOENT' : 'ESRCH';
  if (change.type === 'add') return code === 'EEXIST' ? 'update' : 'refused';
  if (change.type === 'update') return code === missing ? 'add' : 'refused';
  return code === missing || code === 'ESRCH' ? 'done' : 'refused';
};

/** Opens the IPVS table of this thread's network namespace; the kernel loads ip_vs if it can. @throws KernelError */
export const openIpvs = (): Ipvs => {
  const family = openIpvsFamily();

  const services = (): ServiceState[] =>
    family
      .list({ operation: 'list IPVS services', command: 'getService', values: {} })
      .flatMap(({ service = {} }) => decodeService(service) ?? []);

  const destinations = (service: ServiceAddress): DestinationState[] => {
    const operation = `list IPVS destinations of ${serviceKey(service)}`;
    return family
      .list({ operation, command: 'getDestination', values: { service: serviceIdentity(service) } })
      .flatMap(({ destination = {} }) => decodeDestination(service, destination) ?? []);
  };

  const settings: Ipvs['settings'] = (address) => {
    const operation = `read IPVS service ${serviceKey(address)}`;
    const values = { service: serviceIdentity(address) };
    try {
      const service = family.fetch({ operation, command: 'getService', values });
      if (service === undefined) return undefined;
      const destinations = family.dump({ operation, command: 'getDestination', values });
      const text = [service, ...destinations].map(settingsText).join('');
      return createHash('sha1').update(text, 'latin1').digest('base64');
    } catch (error) {
      if (error instanceof KernelError && error.code === 'ESRCH') return undefined;
      throw error;
    }
  };

  const read: Ipvs['read'] = (address) => {
    const operation = `read IPVS service ${serviceKey(address)}`;
    try {
      const found = family.find({ operation, command: 'getService', values: { service: serviceIdentity(address) } });
      const service = found?.service && decodeService(found.service);
      return service && { service, destinations: destinations(address) };
    } catch (error) {
      if (error instanceof KernelError && error.code === 'ESRCH') return undefined;
      throw error;
    }
  };

  /** One round: each change is sent as its type. */
  const attempt = (changes: readonly { readonly change: IpvsChange; readonly as: ChangeType }[]): IpvsResult[] => {
    const answers = family.write(
      changes.map(({ change, as }) => ({
        operation: describe(change),
        command: (isDestination(change.entry) ? destinationCommands : serviceCommands)[as],
        values: valuesOf(change, as),
      })),
    );
    return changes.map(({ change }, index) => {
      const answer = answers[index];
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
    const { version = 0, connectionTableSize = 0 } = family.ask(
      { operation: 'read IPVS information', command: 'getInfo', values: {} },
      infoAttributes,
    );
    return { version: [version >> 16, (version >> 8) & 0xff, version & 0xff].join('.'), connectionTableSize };
  };

  return { services, destinations, list: openListing(), settings, read, apply, info, family, close: family.close };
};
