// Random pairs of configurations of virtual routers, most of whose settings are the same in both, as documents for the reader.

import fc from 'fast-check';

const pool = [100, 101, 102, 103].map((last) => `10.0.0.${last}`);

const trackable = ['script', 'file', 'process', 'interface'] as const;
type Tracked = { readonly kind: (typeof trackable)[number]; readonly weight: number | undefined };

const namesOf = { script: 's1', file: 'f1', process: 'p1', interface: 'eth1' } as const;
const entryOf = ({ kind, weight }: Tracked): object => ({
  [kind]: namesOf[kind],
  ...(weight !== undefined && { weight }),
});

const tracks = fc.uniqueArray(
  fc.record(
    { kind: fc.constantFrom(...trackable), weight: fc.constantFrom(undefined, 0, -40, 40, 60) },
    { noNullPrototype: true },
  ),
  { maxLength: 1, selector: ({ kind }) => kind },
);

const routerSettings = (index: number) => ({
  isThere: fc.constantFrom(true, true, true, false),
  name: fc.constantFrom(`r${index}`, `r${index}`, `r${index}`, `www${index}`),
  priority: fc.constantFrom(90, 110, 130, 150, 200),
  preempt: fc.constantFrom(true, true, false),
  preemptDelay: fc.constantFrom('0s', '0s', '2s'),
  interval: fc.constantFrom('1s', '1s', '500ms'),
  downAfter: fc.constantFrom(3, 3, 4),
  version: fc.constantFrom(3, 3, 3, 2),
  accept: fc.boolean(),
  lease: fc.constantFrom('auto', 'off'),
  announceEvery: fc.constantFrom('60s', '0s', '5s'),
  checksum: fc.constantFrom('rfc5798', 'rfc5798', 'rfc9568'),
  label: fc.constantFrom(undefined, undefined, 'eth0:1'),
  addresses: fc.subarray(pool.slice(0, 3), { minLength: 1, maxLength: 2 }),
  isExcluded: fc.constantFrom(undefined, undefined, `10.0.0.${110 + index}`, `10.0.0.${120 + index}`),
  place: fc.constantFrom('eth0', 'eth0', 'eth0', 'eth1'),
  route: fc.constantFrom(undefined, undefined, `198.51.${index}.0/24`),
  rule: fc.constantFrom(undefined, undefined, 1000 + index),
  track: tracks,
});

const settings = {
  groups: fc.constantFrom<number[][]>([], [[1, 2]], [[1, 2]], [[1, 2, 3]], [[2, 3]], [[1], [2, 3]]),
  groupName: fc.constantFrom('g', 'g', 'h'),
  groupTrack: tracks,
  scriptWeight: fc.constantFrom(0, -40, 40),
  scriptInterval: fc.constantFrom('1s', '2s'),
  fileWeight: fc.constantFrom(0, 10),
  quorum: fc.constantFrom(1, 2),
  announceRate: fc.constantFrom(500, 100),
  hold: fc.constantFrom('10s', '20s'),
  notified: fc.boolean(),
};

const record = <Model>(model: { [Key in keyof Model]: fc.Arbitrary<Model[Key]> }) =>
  fc.record(model, { noNullPrototype: true });

const side = record({
  one: record(routerSettings(1)),
  two: record(routerSettings(2)),
  three: record(routerSettings(3)),
  rest: record(settings),
});
type Side = typeof side extends fc.Arbitrary<infer Value> ? Value : never;
type Router = Side['one'];

/** Takes some settings from `next`, and the others from `before`. */
const mix = <Settings extends object>(before: Settings, next: Settings, changes: readonly number[]): Settings => {
  const keys = Object.keys(before);
  const chosen = new Set(changes.map((number) => keys[number % keys.length]));
  return Object.fromEntries(
    keys.map((key) => [key, Reflect.get(chosen.has(key) ? next : before, key) as unknown]),
  ) as Settings;
};

const documentOf = ({ one, two, three, rest }: Side): object => {
  const all: readonly [number, Router][] = [
    [1, one],
    [2, two],
    [3, three],
  ];
  const present = all.filter(([, { isThere }]) => isThere);
  const nameOf = new Map(present.map(([index, { name }]) => [index, name]));
  return {
    director: 'lb0',
    vrrp: {
      hold: rest.hold,
      announce_rate: rest.announceRate,
      scripts: [{ name: 's1', command: ['/bin/true'], interval: rest.scriptInterval, weight: rest.scriptWeight }],
      files: [{ name: 'f1', path: '/run/f1', weight: rest.fileWeight }],
      processes: [{ name: 'p1', process: 'nginx', quorum: rest.quorum }],
      groups: rest.groups.flatMap((members, number) => {
        const routers = members.flatMap((index) => nameOf.get(index) ?? []);
        return routers.length === 0
          ? []
          : [{ name: `${rest.groupName}${number}`, routers, track: rest.groupTrack.map(entryOf) }];
      }),
      routers: present.map(([index, own]) => ({
        name: own.name,
        interface: 'eth0',
        virtual_router_id: 50 + index,
        version: own.version,
        priority: own.priority,
        preempt: own.preempt,
        preempt_delay: own.preemptDelay,
        advertisement_interval: own.version === 2 ? '1s' : own.interval,
        down_after: own.downAfter,
        accept: own.accept,
        lease: own.lease,
        announce_every: own.announceEvery,
        checksum: own.version === 2 ? 'rfc5798' : own.checksum,
        shares_addresses: true,
        addresses: own.addresses.map((address) => ({
          address,
          interface: own.place,
          ...(own.label !== undefined && own.place === 'eth0' && { label: own.label }),
        })),
        ...(own.isExcluded !== undefined && { excluded: [own.isExcluded] }),
        ...(own.route !== undefined && { routes: [{ to: own.route, via: '10.0.0.1' }] }),
        ...(own.rule !== undefined && { rules: [{ from: '10.0.0.0/24', table: 100, priority: own.rule }] }),
        track: own.track.map(entryOf),
      })),
    },
    notifications: rest.notified ? [{ name: 'n', script: ['/bin/true'] }] : [],
  };
};

const states = fc.constantFrom('up', 'down');

/** Two documents that differ in a few settings, the states of what is tracked before and after, and who stands aside. */
export const randomReloads = fc
  .record(
    {
      before: side,
      next: side,
      changes: fc.array(fc.tuple(fc.nat(3), fc.nat(99)), { minLength: 1, maxLength: 4 }),
      states: fc.tuple(states, states, states),
      laterStates: fc.tuple(states, states, states),
      aside: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, 'r1', 'r2'),
    },
    { noNullPrototype: true },
  )
  .map(({ before, next, changes, ...rest }) => {
    const of = (part: number) => changes.flatMap(([one, number]) => (one === part ? [number] : []));
    const after: Side = {
      one: mix(before.one, next.one, of(0)),
      two: mix(before.two, next.two, of(1)),
      three: mix(before.three, next.three, of(2)),
      rest: mix(before.rest, next.rest, of(3)),
    };
    return { before: documentOf(before), after: documentOf(after), ...rest };
  });
