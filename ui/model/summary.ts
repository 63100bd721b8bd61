// The page's first line: whether the pair is healthy, or what is wrong; who is master, and since when. Pure.

import { announces, anycastOf, isServing } from './anycast.ts';
import { takesConnections } from './services.ts';
import type { DirectorView, RouterStatus, Status } from './view.ts';

/** Unknown is not well: where a director does not answer, its half of the pair is not known. */
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

const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/** A master that leaves still has the addresses. */
const rules = (state: RouterStatus['state']): boolean => state === 'master' || state === 'leaving';

const mastersOf = (known: readonly Known[], router: string): readonly string[] =>
  known
    .filter(({ status }) => status.routers.some(({ name, state }) => name === router && rules(state)))
    .map(({ name }) => name);

/** Where a backup heard the master last, which is no director that is known. */
const hearing = (known: readonly Known[], router: string): string | undefined => {
  const places = known.flatMap(({ name, status }) =>
    status.routers.flatMap((one) =>
      one.name === router && one.state === 'backup' && one.master !== undefined
        ? [`${name} heard it last at ${one.master.address}`]
        : [],
    ),
  );
  return places[0];
};

const routerFindings = (known: readonly Known[], unknown: readonly DirectorView[]): Finding[] => {
  const names = new Set(known.flatMap(({ status }) => status.routers.map(({ name }) => name)));
  return [...names].flatMap((router): Finding[] => {
    const masters = mastersOf(known, router);
    if (masters.length > 1)
      return [{ tone: 'bad', text: `${router} has ${masters.length} masters: ${listed(masters)}` }];
    if (masters.length === 1) return [];
    const heard = hearing(known, router);
    if (heard !== undefined) return [{ tone: 'unknown', text: `The master of ${router} is not known here; ${heard}` }];
    if (unknown.length > 0)
      return [
        {
          tone: 'unknown',
          text: `The master of ${router} is not known: ${listed(unknown.map(({ name }) => name))} may be`,
        },
      ];
    return [{ tone: 'bad', text: `${router} has no master` }];
  });
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

const serviceFindings = (known: readonly Known[]): Finding[] =>
  known
    .filter(({ status }) => isServing(status))
    .flatMap(({ name, status }) =>
      status.services
        .filter(({ servers }) => servers.length > 0 && !servers.some(takesConnections))
        .map(
          (service): Finding => ({
            tone: 'bad',
            text: `${service.name} has no server that takes connections on ${name}`,
          }),
        ),
    );

const named = 3;

/** The servers that are down where a director is master, in one finding. */
const downFindings = (known: readonly Known[]): Finding[] => {
  const services = known.filter(({ status }) => isServing(status)).flatMap(({ status }) => status.services);
  const all = new Map(services.flatMap(({ servers }) => servers.map(({ name, health }) => [name, health])));
  const down = [...all].flatMap(([name, health]) => (health === 'down' ? [name] : []));
  if (down.length === 0) return [];
  if (down.length === 1) return [{ tone: 'warn', text: `Real server ${down[0]} is down` }];
  const more = down.length > named ? [`${down.length - named} more`] : [];
  const names = listed([...down.slice(0, named), ...more]);
  return [
    {
      tone: 'warn',
      text: `${down.length} of ${all.size} real servers are down: ${names}`,
    },
  ];
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

const isAboutServers = /^service .* has no real server that takes connections$/;

/** One finding for what several directors warn of. */
const warningsOf = (known: readonly Known[]): Finding[] => {
  const warned = new Map<string, string[]>();
  for (const { name, status } of known)
    for (const text of status.warnings) warned.set(text, [...(warned.get(text) ?? []), name]);
  return [...warned]
    .filter(([text]) => !isAboutServers.test(text))
    .map(([text, names]) => ({ tone: 'warn', text: `${listed(names)}: ${text}` }));
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
