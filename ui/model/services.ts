// The services of the pair, each with the servers as the director sees them that carries it, and where the others differ. Pure.

import { announces, anycastOf } from './anycast.ts';
import type { DirectorView, ServerStatus, ServiceStatus, Status } from './view.ts';

/** The same server on another director, where it is in another state. */
export type Difference = { readonly director: string; readonly text: string };

export type ServerRow = { readonly server: ServerStatus; readonly differences: readonly Difference[] };

export type ServiceTable = {
  readonly service: ServiceStatus;
  /** The director that reports this: the service's master, or else the first director that is known. */
  readonly director: DirectorView;
  readonly isMaster: boolean;
  /** The same service on the other directors that are known; undefined where one does not have it. */
  readonly others: readonly { readonly director: string; readonly service: ServiceStatus | undefined }[];
};

type Known = DirectorView & { readonly status: Status };

/** A director with its services by name. */
type Holder = {
  readonly director: Known;
  readonly services: ReadonlyMap<string, ServiceStatus>;
  /** The addresses that it is master of, or announces. */
  readonly addresses: ReadonlySet<string>;
  readonly isMaster: boolean;
};

const holderOf = (director: Known): Holder => {
  const { services, routers } = director.status;
  const held = routers.filter(({ state }) => state === 'master' || state === 'leaving');
  const announced = anycastOf(director.status).filter(announces);
  return {
    director,
    services: new Map(services.map((service) => [service.name, service])),
    addresses: new Set(
      [...held, ...announced].flatMap(({ addresses }) => addresses.map((address) => address.replace(/\/\d+$/, ''))),
    ),
    isMaster: routers.some(({ state }) => state === 'master') || announced.length > 0,
  };
};

/** Whether the director is master of one of the service's addresses. */
const carries = ({ addresses }: Holder, { address }: ServiceStatus): boolean =>
  addresses.size > 0 &&
  address
    .split(' ')
    .some((text) => addresses.has(text.replace(/^\[(.*)\](:\d+)?$/, '$1')) || addresses.has(text.replace(/:\d+$/, '')));

export const stateOf = ({ health, drained }: ServerStatus): string => (drained ? `drained, ${health}` : health);

export const takesConnections = ({ health, drained }: ServerStatus): boolean => health === 'up' && !drained;

const differenceOf = (server: ServerStatus, director: string, there: ServerStatus | undefined): Difference[] => {
  if (there === undefined) return [{ director, text: 'does not have it' }];
  const texts = [
    ...(stateOf(there) === stateOf(server) ? [] : [stateOf(there)]),
    ...(there.configuredWeight === server.configuredWeight ? [] : [`configured weight ${there.configuredWeight}`]),
  ];
  return texts.length === 0 ? [] : [{ director, text: texts.join(', ') }];
};

/** In the order of the first director; a service that only another has follows. */
export const tablesOf = (views: readonly DirectorView[]): ServiceTable[] => {
  const holders = views.filter((view): view is Known => view.status !== undefined).map(holderOf);
  const names = new Set(holders.flatMap(({ services }) => [...services.keys()]));
  return [...names].flatMap((name) => {
    const having = holders.flatMap((holder) => {
      const service = holder.services.get(name);
      return service === undefined ? [] : [{ holder, service }];
    });
    const master =
      having.find(({ holder, service }) => carries(holder, service)) ?? having.find(({ holder }) => holder.isMaster);
    const chosen = master ?? having[0];
    if (chosen === undefined) return [];
    const others = holders
      .filter((holder) => holder !== chosen.holder)
      .map(({ director, services }) => ({ director: director.name, service: services.get(name) }));
    return [{ service: chosen.service, director: chosen.holder.director, isMaster: master !== undefined, others }];
  });
};

/** The servers with where the other directors differ. */
export const rowsOf = ({ others }: Pick<ServiceTable, 'others'>, servers: readonly ServerStatus[]): ServerRow[] => {
  const known = others.map(({ director, service }) => ({
    director,
    servers: new Map((service?.servers ?? []).map((server) => [server.name, server])),
  }));
  return servers.map((server) => ({
    server,
    differences: known.flatMap(({ director, servers: there }) =>
      differenceOf(server, director, there.get(server.name)),
    ),
  }));
};

export type ServerFilter = {
  /** Part of a name or address of a server or service, or a state. */
  readonly text: string;
  /** Those alone that take no connections. */
  readonly troubled: boolean;
};

export const allServers: ServerFilter = { text: '', troubled: false };

export type Section = {
  readonly table: ServiceTable;
  /** The servers that are asked for. */
  readonly servers: readonly ServerStatus[];
  /** Whether it begins open: a browser cannot draw thousands of rows each second. */
  readonly isOpen: boolean;
};

const isAskedFor = (server: ServerStatus, service: ServiceStatus, { text, troubled }: ServerFilter): boolean => {
  if (troubled && takesConnections(server)) return false;
  const wanted = text.toLowerCase();
  return (
    wanted === '' ||
    [server.name, server.address, stateOf(server), service.name].some((one) => one.toLowerCase().includes(wanted))
  );
};

/**
 * The services with a server that is asked for.
 * @param most rows that begin open, in all
 */
export const sectionsOf = (tables: readonly ServiceTable[], filter: ServerFilter, most: number): Section[] => {
  const isAll = filter.text === '' && !filter.troubled;
  const found = tables
    .map((table) => ({
      table,
      servers: isAll
        ? table.service.servers
        : table.service.servers.filter((server) => isAskedFor(server, table.service, filter)),
    }))
    .filter(({ servers }) => isAll || servers.length > 0);
  const isFew = found.reduce((sum, { servers }) => sum + servers.length, 0) <= most;
  return found.map((section) => ({ ...section, isOpen: isFew }));
};

/**
 * The directors that are given a command for a server: one where they exchange commands, all of them where they do not.
 * @param first the director that is asked first
 */
export const directorsFor = (first: DirectorView, views: readonly DirectorView[]): readonly number[] => {
  const exchange = (first.status?.peers.length ?? 0) > 0;
  return exchange ? [first.id] : views.filter(({ status }) => status !== undefined).map(({ id }) => id);
};
