// The services of the pair, each with the servers as the director sees them that carries it, and where the others differ. Pure.

import type { DirectorView, ServerStatus, ServiceStatus, Status } from './view.ts';

/** The same server on another director, where it is in another state. */
export type Difference = { readonly director: string; readonly text: string };

export type ServerRow = { readonly server: ServerStatus; readonly differences: readonly Difference[] };

export type ServiceTable = {
  readonly service: ServiceStatus;
  /** Who sees it so: its master, or else the first director that is known. */
  readonly director: DirectorView;
  readonly isMaster: boolean;
  readonly rows: readonly ServerRow[];
};

type Known = DirectorView & { readonly status: Status };

const addressesOf = (status: Status, states: readonly string[]): Set<string> =>
  new Set(
    status.routers
      .filter(({ state }) => states.includes(state))
      .flatMap(({ addresses }) => addresses.map((address) => address.replace(/\/\d+$/, ''))),
  );

/** Whether the director is master of one of the service's addresses. */
const carries = ({ status }: Known, { address }: ServiceStatus): boolean => {
  const own = addressesOf(status, ['master', 'leaving']);
  return address
    .split(' ')
    .some((text) => own.has(text.replace(/^\[(.*)\](:\d+)?$/, '$1')) || own.has(text.replace(/:\d+$/, '')));
};

const isMasterOfAll = ({ status }: Known): boolean => status.routers.some(({ state }) => state === 'master');

export const stateOf = ({ health, drained }: ServerStatus): string => (drained ? `drained, ${health}` : health);

const differencesOf = (server: ServerStatus, service: string, others: readonly Known[]): Difference[] =>
  others.flatMap(({ name, status }): Difference[] => {
    const there = status.services.find((one) => one.name === service)?.servers.find((one) => one.name === server.name);
    if (there === undefined) return [{ director: name, text: 'does not have it' }];
    const texts = [
      ...(stateOf(there) === stateOf(server) ? [] : [stateOf(there)]),
      ...(there.configuredWeight === server.configuredWeight ? [] : [`configured weight ${there.configuredWeight}`]),
    ];
    return texts.length === 0 ? [] : [{ director: name, text: texts.join(', ') }];
  });

/** In the order of the first director; a service that only another has follows. */
export const tablesOf = (views: readonly DirectorView[]): ServiceTable[] => {
  const known = views.filter((view): view is Known => view.status !== undefined);
  const names = new Set(known.flatMap(({ status }) => status.services.map(({ name }) => name)));
  return [...names].flatMap((name) => {
    const having = known.flatMap((director) => {
      const service = director.status.services.find((one) => one.name === name);
      return service === undefined ? [] : [{ director, service }];
    });
    const master =
      having.find(({ director, service }) => carries(director, service)) ??
      having.find(({ director }) => isMasterOfAll(director));
    const chosen = master ?? having[0];
    if (chosen === undefined) return [];
    const { director, service } = chosen;
    const others = known.filter((one) => one !== director);
    const rows = service.servers.map((server) => ({ server, differences: differencesOf(server, name, others) }));
    return [{ service, director, isMaster: master !== undefined, rows }];
  });
};

/**
 * The directors that are given a command for a server: one where they exchange commands, all of them where they do not.
 * @param first the director that is asked first
 */
export const directorsFor = (first: DirectorView, views: readonly DirectorView[]): readonly number[] => {
  const exchange = (first.status?.peers.length ?? 0) > 0;
  return exchange ? [first.id] : views.filter(({ status }) => status !== undefined).map(({ id }) => id);
};
