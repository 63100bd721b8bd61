// A plan says what a reload does: random pairs of configurations are planned, and then done on a table that is played, with a connection on each destination.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import type { DirectorConfig } from '../../../../config/model/model.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../../../config/model/service-model.ts';
import { shareServices } from '../../../../config/model/shared-services.ts';
import { heldOf } from '../../../../controller/ipvs/counters.ts';
import { nameService } from '../../../../controller/ipvs/named-service.ts';
import { planChange } from '../../../../controller/plan.ts';
import { describeEffect } from '../../../../controller/plan-line.ts';
import type { Living } from '../../../../controller/planning/living.ts';
import { ip } from '../../../../net/ip-address.ts';
import { extent } from '../../../prove/extent.ts';
import { playIpvs } from '../../kernel/ipvs/played-ipvs.ts';
import { openTurns } from './played-turns.ts';
import { serverConfig, serviceConfig } from './services.ts';

type ServerShape = {
  readonly host: number;
  readonly name: number;
  readonly weight: number;
  readonly forwarding: 'masq' | 'direct';
};
type ServiceShape = {
  readonly name: number;
  readonly addresses: readonly number[];
  readonly scheduler: 'wrr' | 'lc';
  readonly protocol: 'tcp' | 'udp';
  readonly servers: readonly ServerShape[];
};

const serverOf = ({ host, name, weight, forwarding }: ServerShape): RealServerConfig =>
  serverConfig({ name: `r${name}`, endpoint: { address: ip(`10.1.0.${host}`), port: 80 }, weight, forwarding });
const serviceOf = ({ name, addresses, scheduler, protocol, servers }: ServiceShape): VirtualServiceConfig =>
  serviceConfig({
    name: `s${name}`,
    matches: addresses.map((address) => ({ address: ip(`10.0.0.${address}`), port: 80 })),
    scheduler,
    protocol,
    drainTimeout: milliseconds(2000),
    realServers: servers.map(serverOf),
  });

const noNull = { noNullPrototype: true } as const;
const unique = <Value>(arbitrary: fc.Arbitrary<Value>, selector: (value: Value) => unknown, min: number, max: number) =>
  fc.uniqueArray(arbitrary, { selector, minLength: min, maxLength: max });
const servers = unique(
  fc.record<ServerShape>(
    {
      host: fc.integer({ min: 1, max: 4 }),
      name: fc.nat(4),
      weight: fc.integer({ min: 1, max: 3 }),
      forwarding: fc.constantFrom('masq', 'direct'),
    },
    noNull,
  ),
  ({ host }) => host,
  1,
  3,
).map((list) => list.filter(({ name }, index) => list.findIndex((one) => one.name === name) === index));
const service = fc.record<ServiceShape>(
  {
    name: fc.nat(3),
    addresses: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 2 }),
    scheduler: fc.constantFrom('wrr', 'lc'),
    protocol: fc.constantFrom('tcp', 'udp'),
    servers,
  },
  noNull,
);
/** Names and addresses are given once. */
const shapes = unique(service, ({ name }) => name, 0, 3).map((list) => {
  const taken = new Set<string>();
  return list.flatMap((one) => {
    const addresses = one.addresses.filter((address) => !taken.has(`${one.protocol} ${address}`));
    for (const address of addresses) taken.add(`${one.protocol} ${address}`);
    return addresses.length === 0 ? [] : [{ ...one, addresses }];
  });
});

const configOf = (list: readonly ServiceShape[]): DirectorConfig => ({
  director: 'd',
  vrrp: {
    routers: [],
    groups: [],
    hold: milliseconds(10_000),
    announceRate: 500,
    scripts: [],
    processes: [],
    files: [],
    bfd: [],
  },
  virtualServices: list.map(serviceOf),
  ipvsTimeouts: {},
  log: { level: 'info', format: 'text', levels: {} },
  notifications: [],
  watch: false,
});

/** What a reload did to the connections that each destination had, and how often a scheduler was replaced. */
const reload = (before: DirectorConfig, read: DirectorConfig) => {
  // As the director does it: what is unchanged stays the same object.
  const after = shareServices(before, read);
  const connected = new Set<string>();
  const cut = new Set<string>();
  let schedulers = new Map<string, string>();
  let replaced = 0;
  const ipvs = playIpvs(({ services, destinations }) => {
    for (const key of connected) if (!destinations.has(key)) cut.add(key);
    for (const [key, { scheduler }] of services) if ((schedulers.get(key) ?? scheduler) !== scheduler) replaced += 1;
    schedulers = new Map([...services].map(([key, { scheduler }]) => [key, scheduler]));
  });
  let now = 0;
  const turns = openTurns({
    ipvs,
    isOurs: () => true,
    standingOf: () => ({ health: 'up', drained: false }),
    onJudged: () => undefined,
    complain: (_, text) => assert.equal(text, ''),
    clock: () => now as Instant,
    log: () => undefined,
  });
  const pass = (count: number): void => {
    for (let index = 0; index < count; index += 1) {
      now += 500;
      turns.pass();
      for (const _ of turns.work());
    }
  };
  turns.configure(before.virtualServices.map(nameService));
  pass(1);
  // Connections that never end.
  ipvs.setConnections(1);
  pass(2);
  for (const key of turns.mirror.destinations.keys()) connected.add(key);
  const living: Living = {
    routers: [],
    connectionsOf: (owner, server) => heldOf(turns.mirror.destinations, owner, server)?.livingConnections ?? 0,
  };
  const plan = planChange(before, after, living);
  assert.deepEqual(plan, planChange(before, read, living));
  turns.configure(after.virtualServices.map(nameService));
  // Longer than any of them may drain.
  pass(30);
  return { plan, replaced, cut: [...cut] };
};

describe('a plan and the reload after it', () => {
  it('agree on the connections that are cut, the schedulers that are replaced, and on whether anything changes', () =>
    fc.assert(
      fc.property(shapes, shapes, (first, second) => {
        const [before, after] = [configOf(first), configOf(second)];
        const { plan, replaced, cut } = reload(before, after);
        const words = plan.map((line) => `${describeEffect(line)}: ${line.subject} ${line.change}`).join('\n');
        const planned = plan.reduce((sum, { connections = 0 }) => sum + connections, 0);
        assert.equal(planned, cut.length, `${words}\ncut: ${cut.join(', ')}`);
        assert.equal(
          plan.some(({ effect }) => effect === 'refuses'),
          replaced > 0,
          words,
        );
        assert.doesNotMatch(words, /[{}[\]"]|undefined|\d{4}/);
      }),
      { numRuns: extent(20_000, 500) },
    )).timeout(extent(600_000, 30_000));

  it('says nothing where nothing changes', () =>
    fc.assert(
      fc.property(shapes, (list) => assert.deepEqual(reload(configOf(list), configOf(list)).plan, [])),
      { numRuns: 50 },
    ));
});
