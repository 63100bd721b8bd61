// Keeps the kernel's IPVS and NAT tables true: reads what is there, compares with what should be, applies the difference.

import { join } from 'node:path';
import type { DirectorConfig, RealServerConfig, VirtualServiceConfig } from '../config/model.ts';
import type { Clock } from '../config/units.ts';
import { openAddressTable } from '../kernel/addresses.ts';
import { diff } from '../kernel/diff.ts';
import { openIpvs } from '../kernel/ipvs.ts';
import {
  type DestinationEntry,
  type DestinationState,
  destinationKey,
  isSameDestination,
  isSameService,
  type ServiceEntry,
  serviceKey,
} from '../kernel/ipvs-entries.ts';
import { openNat } from '../kernel/nat.ts';
import { planSnat } from '../kernel/nat-rules.ts';
import { openOwnership } from '../kernel/ownership.ts';
import { desiredDestination, desiredService, type ServerStanding } from './desired.ts';
import type { Log } from './log.ts';

export type IpvsTable = {
  /** One turn; a refusal is logged and tried again by the next. */
  readonly reconcile: () => void;
  /** What the kernel held at the last turn, by {@link destinationKey}. */
  readonly destinations: () => ReadonlyMap<string, DestinationState>;
  /** Removes all that is ours. */
  readonly clear: () => Promise<void>;
  /** Leaves the tables as they are. */
  readonly close: () => void;
};

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export const openIpvsTable = (
  config: DirectorConfig,
  stateDirectory: string,
  standingOf: (service: VirtualServiceConfig, server: RealServerConfig) => ServerStanding,
  clock: Clock,
  log: Log,
  /** Whether what is found was this director's already, a moment ago. */
  isContinued = false,
): IpvsTable => {
  const ipvs = openIpvs();
  const nat = openNat();
  const addresses = openAddressTable();
  const ownership = openOwnership(join(stateDirectory, 'ipvs.json'));
  let held = new Map<string, DestinationState>();
  let lastError = '';
  let isFirst = !isContinued;

  const services = config.virtualServices.map(desiredService);
  const named = config.virtualServices.flatMap((service) =>
    service.realServers.map(({ endpoint }) => destinationKey({ service: desiredService(service), ...endpoint })),
  );
  if (ownership.damage !== undefined) log('warn', { process: 'ipvs' }, ownership.damage);
  ownership.claim([...services.map(serviceKey), ...named]);
  const nameOf = new Map(
    config.virtualServices.flatMap((service) =>
      service.realServers.map(({ name, endpoint }) => [
        destinationKey({ service: desiredService(service), ...endpoint }),
        name,
      ]),
    ),
  );

  /** An error that repeats each turn is one line, not one a turn. */
  const complain = (text: string): void => {
    if (text !== '' && text !== lastError) log('error', { process: 'ipvs' }, `${text}; it will be tried again`);
    lastError = text;
  };

  const describe = (change: { type: string; entry: ServiceEntry | DestinationEntry; from?: object }): string => {
    if (!('service' in change.entry)) return `service ${serviceKey(change.entry)} ${change.type}`;
    const { weight } = change.entry;
    const from = change.from !== undefined && 'weight' in change.from ? `${change.from.weight} -> ` : '';
    return change.type === 'remove'
      ? `${destinationKey(change.entry)} leaves the table`
      : `${destinationKey(change.entry)} weight ${from}${weight}`;
  };

  const turn = (wanted: readonly ServiceEntry[]): string => {
    const isOurs = (key: string) => ownership.keys().has(key);
    const actual = ipvs.services();
    const ours = actual.filter((service) => isOurs(serviceKey(service)));
    const states = ours.flatMap((service) => ipvs.destinations(service));
    held = new Map(states.map((state) => [destinationKey(state), state]));
    if (isFirst && ours.length > 0) {
      log(
        'warn',
        { process: 'ipvs' },
        `${ours.length} services with ${states.length} destinations were there already; they are ours now`,
      );
    }
    isFirst = false;
    const destinations = config.virtualServices
      .filter((service) => wanted.some((entry) => serviceKey(entry) === serviceKey(desiredService(service))))
      .flatMap((service) =>
        service.realServers.flatMap((server) => {
          const key = destinationKey({ service: desiredService(service), ...server.endpoint });
          return desiredDestination(service, server, standingOf(service, server), held.get(key), clock()) ?? [];
        }),
      );
    const serviceChanges = diff<ServiceEntry>(actual, wanted, {
      keyOf: serviceKey,
      isSame: isSameService,
      isOurs: (entry) => isOurs(serviceKey(entry)),
    });
    const gone = new Set(serviceChanges.flatMap(({ type, entry }) => (type === 'remove' ? [serviceKey(entry)] : [])));
    const destinationChanges = diff<DestinationEntry>(states, destinations, {
      keyOf: destinationKey,
      isSame: isSameDestination,
      isOurs: (entry) => isOurs(destinationKey(entry)) && !gone.has(serviceKey(entry.service)),
    });
    if (serviceChanges.length + destinationChanges.length === 0) return '';
    const refusals = ipvs.apply(serviceChanges, destinationChanges).flatMap(({ change, error }) => {
      if (error !== undefined) return [error.message];
      const subject = 'service' in change.entry ? nameOf.get(destinationKey(change.entry)) : undefined;
      log('info', { process: 'ipvs', ...(subject !== undefined && { subject }) }, describe(change));
      return [];
    });
    return refusals.join('; ');
  };

  const reconcileNat = async (): Promise<void> => {
    const virtual = new Set(config.vrrp.routers.flatMap((router) => router.addresses.map(({ address }) => address)));
    const own = addresses.list();
    const plans = config.virtualServices
      .filter(({ snat }) => snat)
      .map((service) =>
        planSnat(
          { protocol: service.protocol, ...service.endpoint },
          service.realServers.map(({ endpoint }) => endpoint.address),
          own,
          virtual,
        ),
      );
    const outcome = await nat.reconcile(plans.flatMap(({ entries }) => entries));
    if (outcome !== 'unchanged') log('info', { process: 'ipvs' }, `the nftables table regent was ${outcome}`);
  };

  return {
    reconcile: () => {
      try {
        complain(turn(services));
      } catch (error) {
        complain(message(error));
      }
      reconcileNat().catch((error: unknown) => complain(message(error)));
    },
    destinations: () => held,
    close: () => {
      ipvs.close();
      addresses.close();
    },
    clear: async () => {
      try {
        complain(turn([]));
        await nat.reconcile([]);
      } catch (error) {
        complain(message(error));
      }
    },
  };
};
