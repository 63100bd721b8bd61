// The page's first line: whether the pair is healthy, or what is wrong; who is master, and since when. Pure.

import { announces, anycastOf, isServing } from './anycast.ts';
import { takesConnections } from './services.ts';
import type { DirectorView, RouterStatus, ServiceStatus, Status } from './view.ts';

/** Unknown is not healthy: the half of a director that does not answer is not known. */
export type Tone = 'ok' | 'warn' | 'bad' | 'unknown';

export type Finding = { readonly tone: Exclude<Tone, 'ok'>; readonly text: string };

export type Ruler = {
  readonly director: string;
  readonly routers: readonly string[];
  /** Of the latest of its routers; milliseconds since the epoch. */
  readonly since: number;
};

export type Announcer = { readonly director: string; readonly names: readonly string[] };

export type Summary = {
  readonly tone: Tone;
  readonly headline: string;
  /** All that is wrong, the worst first; the first is the headline. */
  readonly findings: readonly Finding[];
  readonly rulers: readonly Ruler[];
  readonly announcers: readonly Announcer[];
};

type Known = DirectorView & { readonly status: Status };

const isKnown = (view: DirectorView): view is Known => view.status !== undefined;

/** Names that are listed before the others are only counted. */
const named = 3;

const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** The first names, and how many more there are. */
export const briefly = (names: readonly string[]): string =>
  listed(names.length > named + 1 ? [...names.slice(0, named), `${names.length - named} more`] : names);

/** A master that leaves still has the addresses. */
const rules = (state: RouterStatus['state']): boolean => state === 'master' || state === 'leaving';

type Holder = { readonly director: string; readonly state: RouterStatus['state']; readonly lasted: number };

const holdersOf = (known: readonly Known[], router: string): readonly Holder[] =>
  known
    .flatMap(({ name: director, status }) =>
      status.routers
        .filter(({ name, state }) => name === router && rules(state))
        .map(({ state, lasted = Number.POSITIVE_INFINITY }) => ({ director, state, lasted })),
    )
    .toSorted((one, other) => one.lasted - other.lasted);

/** Where a backup heard the master last, which is no director that is known. */
const hearing = (known: readonly Known[], router: string): { readonly by: string; readonly at: string } | undefined =>
  known.flatMap(({ name, status }) =>
    status.routers.flatMap((one) =>
      one.name === router && one.state === 'backup' && one.master !== undefined
        ? [{ by: name, at: one.master.address }]
        : [],
    ),
  )[0];

/** What is wrong with a router: the same of several becomes one finding. */
type Trouble = {
  readonly tone: Finding['tone'];
  readonly router: string;
  /** Where its master was heard. */
  readonly at?: string;
  readonly text: (routers: readonly string[], places: readonly string[]) => string;
};

/** Directors are heard one after the other: for this long a new master may be seen before the old one's end, in milliseconds. */
const settling = 1000;

const have = (routers: readonly string[]): string => `${briefly(routers)} ${routers.length > 1 ? 'have' : 'has'}`;

const troubleOf = (known: readonly Known[], unknown: readonly DirectorView[], router: string): Trouble | undefined => {
  const [newest, ...before] = holdersOf(known, router);
  if (newest !== undefined && before.length === 0) return undefined;
  if (newest !== undefined) {
    const others = listed(before.map(({ director }) => director));
    const isOver = before.every(({ state }) => state === 'leaving') || newest.lasted < settling;
    return isOver
      ? { tone: 'warn', router, text: (routers) => `${newest.director} takes ${briefly(routers)} over from ${others}` }
      : {
          tone: 'bad',
          router,
          text: (routers) =>
            `${have(routers)} ${before.length + 1} masters: ${listed([...before, newest].map(({ director }) => director).sort())}`,
        };
  }
  const heard = hearing(known, router);
  if (heard !== undefined)
    return {
      tone: 'unknown',
      router,
      at: heard.at,
      text: (routers, places) =>
        `The master of ${briefly(routers)} is not known here; ${heard.by} heard it last at ${briefly(places)}`,
    };
  if (unknown.length === 0) return { tone: 'bad', router, text: (routers) => `${have(routers)} no master` };
  const suspects = listed(unknown.map(({ name }) => name));
  return {
    tone: 'unknown',
    router,
    text: (routers) => `The master of ${briefly(routers)} is not known: ${suspects} may be`,
  };
};

const routerFindings = (known: readonly Known[], unknown: readonly DirectorView[]): Finding[] => {
  const names = new Set(known.flatMap(({ status }) => status.routers.map(({ name }) => name)));
  const groups = new Map<string, Trouble[]>();
  for (const trouble of [...names].flatMap((name) => troubleOf(known, unknown, name) ?? [])) {
    const alike = trouble.text([''], ['']);
    groups.set(alike, [...(groups.get(alike) ?? []), trouble]);
  }
  return [...groups.values()].flatMap((alike) =>
    alike.slice(0, 1).map(({ tone, text }) => ({
      tone,
      text: text(
        alike.map(({ router }) => router),
        [...new Set(alike.flatMap(({ at }) => at ?? []))],
      ),
    })),
  );
};

/** What a director says of services without servers is its warning too; here it is worse where the director is master. */
const anycastFindings = (known: readonly Known[], unknown: readonly DirectorView[]): Finding[] => {
  const names = new Set(known.flatMap(({ status }) => anycastOf(status).map(({ name }) => name)));
  const isAnnounced = (name: string): boolean =>
    known.some(({ status }) => anycastOf(status).some((entry) => entry.name === name && announces(entry)));
  return [...names]
    .filter((name) => !isAnnounced(name))
    .map((name) =>
      unknown.length === 0
        ? { tone: 'bad', text: `${name} is announced by no director` }
        : { tone: 'unknown', text: `${name} is announced by no director that is known` },
    );
};

const isForsaken = ({ servers }: ServiceStatus): boolean => servers.length > 0 && !servers.some(takesConnections);

const describeForsaken = ({ name, mode }: ServiceStatus, director: string): string => {
  switch (mode) {
    case 'panic':
      return `${name} has no healthy server on ${director}: panic mode uses them all`;
    case 'sorry':
      return `${name} has its sorry server alone on ${director}`;
    default:
      return `${name} has no server that takes connections on ${director}`;
  }
};

const serviceFindings = (known: readonly Known[]): Finding[] =>
  known
    .filter(({ status }) => isServing(status))
    .flatMap(({ name, status }) =>
      status.services
        .filter(isForsaken)
        .map((service): Finding => ({ tone: 'bad', text: describeForsaken(service, name) })),
    );

/** The servers that are down where a director is master, in one finding. */
const downFindings = (known: readonly Known[]): Finding[] => {
  const services = known.filter(({ status }) => isServing(status)).flatMap(({ status }) => status.services);
  const all = new Map(services.flatMap(({ servers }) => servers.map(({ name, health }) => [name, health])));
  const down = [...all].flatMap(([name, health]) => (health === 'down' ? [name] : []));
  if (down.length === 0) return [];
  if (down.length === 1) return [{ tone: 'warn', text: `Real server ${down[0]} is down` }];
  return [{ tone: 'warn', text: `${down.length} of ${all.size} real servers are down: ${briefly(down)}` }];
};

/** Where a master has no table, clients are not served. */
const tableFindings = (known: readonly Known[]): Finding[] =>
  known
    .filter(({ status }) => isServing(status) && status.services.length > 0)
    .flatMap(({ name, status }): Finding[] =>
      status.ipvs.fault === undefined
        ? []
        : [{ tone: 'bad', text: `${name} is master and has no virtual service in its kernel: ${status.ipvs.fault}` }],
    );

const aboutService = /^service (.*?) (?:has no real server that takes connections$|is in \w+ mode)/;

/** One finding for what several directors warn of, but for services without servers on a master, which have their own. */
const warningsOf = (known: readonly Known[]): Finding[] => {
  const forsaken = new Set(
    known
      .filter(({ status }) => isServing(status))
      .flatMap(({ status }) => status.services.filter(isForsaken).map(({ name }) => name)),
  );
  const warned = new Map<string, string[]>();
  for (const { name, status } of known)
    for (const text of status.warnings)
      if (!forsaken.has(aboutService.exec(text)?.[1] ?? '')) warned.set(text, [...(warned.get(text) ?? []), name]);
  return [...warned].map(([text, names]) => ({ tone: 'warn', text: `${listed(names)}: ${text}` }));
};

const order: readonly Tone[] = ['bad', 'unknown', 'warn', 'ok'];

/** The directors that announce anycast addresses, with the names of these. */
const announcersOf = (known: readonly Known[]): Announcer[] =>
  known.flatMap(({ name, status }) => {
    const own = anycastOf(status).filter(announces);
    return own.length === 0 ? [] : [{ director: name, names: own.map((entry) => entry.name) }];
  });

const rulersOf = (known: readonly Known[]): Ruler[] =>
  known.flatMap(({ name, status }) => {
    const own = status.routers.filter(({ state }) => rules(state));
    return own.length === 0
      ? []
      : [
          {
            director: name,
            routers: own.map((router) => router.name),
            since: Math.max(...own.map(({ since }) => since)),
          },
        ];
  });

export const summarize = (views: readonly DirectorView[]): Summary => {
  const known = views.filter(isKnown);
  const unknown = views.filter((view) => !isKnown(view));
  const findings: Finding[] = [
    ...routerFindings(known, unknown),
    ...anycastFindings(known, unknown),
    ...tableFindings(known),
    ...serviceFindings(known),
    ...unknown.map(({ name, why }): Finding => ({ tone: 'unknown', text: `${name} is not known: ${why}` })),
    ...downFindings(known),
    ...warningsOf(known),
  ].sort((one, other) => order.indexOf(one.tone) - order.indexOf(other.tone));
  const [rulers, announcers] = [rulersOf(known), announcersOf(known)];
  if (views.length === 0)
    return { tone: 'unknown', headline: 'Asking the directors', findings: [], rulers, announcers };
  if (known.length === 0)
    return { tone: 'unknown', headline: 'Not known: no director answers', findings, rulers, announcers };
  const [worst] = findings;
  return worst === undefined
    ? { tone: 'ok', headline: 'Healthy', findings, rulers, announcers }
    : { tone: worst.tone, headline: worst.text, findings, rulers, announcers };
};
