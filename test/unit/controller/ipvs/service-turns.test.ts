// Marks in any order, refusals, and hands that reach into the table: it ends as configured, and no service is emptied on the way.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import type { VirtualServiceConfig } from '../../../../config/model/service-model.ts';
import type { ServerStanding } from '../../../../controller/ipvs/service-judgement.ts';
import { createServiceTurns, type ServiceTurns } from '../../../../controller/ipvs/service-turns.ts';
import { destinationKey } from '../../../../kernel/ipvs/entries.ts';
import { ip } from '../../../../net/ip-address.ts';
import { extent } from '../../../prove/extent.ts';
import { type PlayedIpvs, playIpvs } from '../../kernel/ipvs/played-ipvs.ts';
import { served, type Table } from '../../kernel/ipvs/played-table.ts';
import { serverConfig, serviceConfig } from './services.ts';

const serviceCount = 3;
const serverCount = 3;
const serverOf = (service: number, index: number, weight = 100) =>
  serverConfig({
    name: `s${service}r${index}`,
    endpoint: { address: ip(`10.1.${service}.${index}`), port: 80 },
    weight,
  });

/** Which servers a configuration has of each service, and their weight. */
type Shape = readonly (readonly number[])[];
const configOf = (shape: Shape): VirtualServiceConfig[] =>
  shape.flatMap((servers, service) =>
    servers.length === 0
      ? []
      : [
          serviceConfig({
            name: `s${service}`,
            matches: [{ address: ip(`10.0.0.${service}`), port: 80 }],
            drainTimeout: milliseconds(0),
            panicThreshold: 0,
            realServers: servers.map((index) => serverOf(service, index, 50 + shape.flat().length)),
          }),
        ],
  );

type World = {
  readonly ipvs: PlayedIpvs;
  readonly turns: ServiceTurns;
  readonly standings: Map<string, ServerStanding>;
  readonly log: string[];
  readonly wait: (span: number) => void;
  readonly finish: () => void;
};

const openWorld = (shape: Shape, look?: (table: Table) => void, isListing = true): World => {
  const ipvs = playIpvs(look, isListing);
  const standings = new Map<string, ServerStanding>();
  const log: string[] = [];
  let now = 0;
  const turns = createServiceTurns({
    ipvs,
    isOurs: () => true,
    standingOf: (_, { name }) => standings.get(name) ?? { health: 'up', drained: false },
    onJudged: () => undefined,
    complain: (_, text) => void (text !== '' && log.push(text)),
    clock: () => now as Instant,
    log: (_level, _about, text) => void log.push(text),
  });
  turns.configure(configOf(shape));
  return {
    ipvs,
    turns,
    standings,
    log,
    wait: (span) => {
      now += span;
    },
    finish: () => {
      for (const _ of turns.work());
    },
  };
};

const rows = ({ destinations }: Table): string[] =>
  [...destinations.values()].map((entry) => `${destinationKey(entry)} ${entry.weight}`).sort();
const wantedRows = (shape: Shape, standings: ReadonlyMap<string, ServerStanding>): string[] =>
  configOf(shape)
    .flatMap(({ matches, realServers }) =>
      realServers.flatMap(({ name, endpoint, weight }) => {
        const match = matches[0];
        if (match === undefined || !('address' in match)) return [];
        const isUp = (standings.get(name)?.health ?? 'up') === 'up';
        return isUp ? [`tcp ${match.address}:80 -> ${endpoint.address}:80 ${weight}`] : [];
      }),
    )
    .sort();

const noNull = { noNullPrototype: true } as const;
const one = { service: fc.nat(serviceCount - 1), server: fc.nat(serverCount - 1) };
const shapes = fc.array(fc.uniqueArray(fc.nat(serverCount - 1)), { minLength: serviceCount, maxLength: serviceCount });
const deeds = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('verdict' as const), ...one, health: fc.constantFrom('up', 'down') }, noNull),
    fc.record({ type: fc.constant('configure' as const), shape: shapes }, noNull),
    fc.record({ type: fc.constant('step' as const), count: fc.nat(3) }, noNull),
    fc.record({ type: fc.constant('pass' as const), after: fc.nat(4000) }, noNull),
    fc.record({ type: fc.constant('tamper' as const), ...one }, noNull),
    fc.record({ type: fc.constant('refuse' as const), isRefusing: fc.boolean() }, noNull),
  ),
  { maxLength: 25 },
);

describe('turns of services that are marked', () => {
  it('end with the table as configured, and never empty a service that has a healthy server', () =>
    fc.assert(
      fc.property(shapes, deeds, fc.boolean(), (first, sequence, isListing) => {
        let shape: Shape = first;
        let before = new Set<string>();
        let isTampered = false;
        const emptied: string[] = [];
        const world = openWorld(
          first,
          (table) => {
            const now = served(table);
            // A service that has healthy servers, now and by the configuration, was served and is served still.
            for (const [service, servers] of shape.entries()) {
              const key = `tcp 10.0.0.${service}:80`;
              const isHealthy = servers.some(
                (index) => (world.standings.get(`s${service}r${index}`)?.health ?? 'up') === 'up',
              );
              if (isHealthy && !isTampered && before.has(key) && !now.has(key)) emptied.push(key);
            }
            before = now;
          },
          isListing,
        );
        const { ipvs, turns, standings, finish } = world;
        let running: Iterator<void> | undefined;
        for (const deed of sequence) {
          switch (deed.type) {
            case 'verdict':
              standings.set(`s${deed.service}r${deed.server}`, {
                health: deed.health as 'up' | 'down',
                drained: false,
              });
              turns.mark([`s${deed.service}`]);
              break;
            case 'configure':
              shape = deed.shape;
              turns.configure(configOf(shape));
              break;
            case 'step':
              running ??= turns.work();
              for (let count = 0; count <= deed.count && running !== undefined; count += 1)
                if (running.next().done === true) running = undefined;
              break;
            case 'pass':
              world.wait(deed.after);
              turns.pass();
              break;
            case 'tamper':
              isTampered = true;
              for (const key of ipvs.table.destinations.keys())
                if (key.endsWith(`10.1.${deed.service}.${deed.server}:80`)) ipvs.table.destinations.delete(key);
              break;
            case 'refuse':
              ipvs.refuse(deed.isRefusing);
              break;
            default:
              throw new Error('no such deed');
          }
        }
        ipvs.refuse(false);
        while (running?.next().done === false);
        // Whoever leaves goes in the pass after; a refusal is tried again by the next one.
        for (let count = 0; count < 4; count += 1) {
          world.wait(1000);
          turns.pass();
          finish();
        }
        assert.deepEqual(emptied, []);
        // Where nothing that is configured serves, what served before may go on.
        const wanted = wantedRows(shape, standings);
        const isServed = (row: string): boolean => wanted.some((one) => one.split(' -> ')[0] === row.split(' -> ')[0]);
        const named = configOf(shape).flatMap(({ realServers }) => realServers.map(({ endpoint }) => endpoint.address));
        const isKept = (row: string): boolean =>
          !isServed(row) && !named.some((address) => row.includes(`> ${address}:`));
        assert.deepEqual(
          rows(ipvs.table).filter((row) => !isKept(row)),
          wanted,
        );
        const services = configOf(shape).flatMap(({ matches }) => matches.map((match) => JSON.stringify(match)));
        assert.equal(ipvs.table.services.size, services.length);
      }),
      { numRuns: extent(5000, 400) },
    )).timeout(extent(300_000, 20_000));

  it('judge and read the marked services alone', () => {
    const { ipvs, turns, standings, finish } = openWorld([[0, 1], [0], [0]]);
    finish();
    const before = ipvs.reads();
    standings.set('s0r0', { health: 'down', drained: false });
    standings.set('s1r0', { health: 'down', drained: false });
    turns.mark(['s0']);
    finish();
    assert.equal(ipvs.reads(), before);
    assert.deepEqual(rows(ipvs.table), [
      'tcp 10.0.0.0:80 -> 10.1.0.0:80 0',
      'tcp 10.0.0.0:80 -> 10.1.0.1:80 54',
      'tcp 10.0.0.1:80 -> 10.1.1.0:80 54',
      'tcp 10.0.0.2:80 -> 10.1.2.0:80 54',
    ]);
  });

  it('look at all again when one service was removed by another hand', () => {
    const { ipvs, turns, finish } = openWorld([[0], [0], [0]]);
    finish();
    const all = rows(ipvs.table);
    ipvs.table.services.clear();
    ipvs.table.destinations.clear();
    turns.pass();
    finish();
    assert.deepEqual(rows(ipvs.table), all);
  });

  it('let a destination with connections drain, and take it out when it is idle', () => {
    const { ipvs, turns, standings, finish, wait } = openWorld([[0, 1], [], []]);
    finish();
    ipvs.setConnections(2);
    turns.pass();
    finish();
    standings.set('s0r0', { health: 'up', drained: true });
    turns.mark();
    finish();
    const draining = ['tcp 10.0.0.0:80 -> 10.1.0.0:80 0', 'tcp 10.0.0.0:80 -> 10.1.0.1:80 52'];
    assert.deepEqual(rows(ipvs.table), draining);
    ipvs.setConnections(0);
    wait(1000);
    turns.pass();
    finish();
    assert.deepEqual(rows(ipvs.table), draining.slice(1));
  });

  for (const isListing of [true, false]) {
    it(`do not take a server for idle by a count from before its weight was 0, ${isListing ? 'with' : 'without'} a listing`, () => {
      const { ipvs, turns, standings, finish, wait } = openWorld([[0, 1], [], []], undefined, isListing);
      finish();
      wait(1000);
      turns.pass();
      finish();
      ipvs.setConnections(1);
      standings.set('s0r0', { health: 'up', drained: true });
      turns.mark();
      finish();
      turns.mark();
      finish();
      assert.ok(rows(ipvs.table).includes('tcp 10.0.0.0:80 -> 10.1.0.0:80 0'));
      turns.pass();
      finish();
      assert.ok(rows(ipvs.table).includes('tcp 10.0.0.0:80 -> 10.1.0.0:80 0'));
    });
  }

  it('read what is listed otherwise than it was left, and nothing else', () => {
    const { ipvs, turns, finish, wait } = openWorld([[0, 1], [0], [0]]);
    const pass = () => {
      wait(1000);
      turns.pass();
      finish();
    };
    finish();
    pass();
    pass();
    const before = ipvs.reads();
    ipvs.setConnections(7);
    pass();
    const round = ipvs.reads() - before;
    const key = 'tcp 10.0.0.1:80 -> 10.1.1.0:80';
    const left = ipvs.table.destinations.get(key);
    assert.ok(left);
    ipvs.table.destinations.set(key, { ...left, weight: 3 });
    pass();
    assert.equal(ipvs.table.destinations.get(key)?.weight, left.weight);
    assert.ok(ipvs.reads() - before <= 2 * round + 1);
  });

  it('add a server before they take the one away that it replaces', () => {
    const seen: boolean[] = [];
    const { ipvs, turns, finish } = openWorld([[0], [], []], (table) => seen.push(served(table).size > 0));
    finish();
    seen.length = 0;
    turns.configure(configOf([[1], [], []]));
    finish();
    assert.deepEqual(
      seen,
      seen.map(() => true),
    );
    assert.equal(ipvs.table.destinations.size, 2);
  });

  /** More services than are read again in one pass. */
  const many = Array.from({ length: 600 }, (_, index) =>
    serviceConfig({
      name: `m${index}`,
      matches: [{ address: ip(`10.2.${index >> 8}.${index & 255}`), port: 80 }],
      realServers: [
        serverConfig({ name: `r${index}`, endpoint: { address: ip(`10.3.${index >> 8}.${index & 255}`), port: 80 } }),
      ],
    }),
  );
  const openMany = (isListing = true) => {
    const world = openWorld([], undefined, isListing);
    world.turns.configure(many);
    const pass = () => {
      world.wait(1000);
      world.turns.pass();
      world.finish();
    };
    return { ...world, pass };
  };

  for (const isListing of [true, false])
    it(`have all back in one pass after everything was removed by another hand, ${isListing ? 'with' : 'without'} a listing`, () => {
      const { ipvs, finish, pass } = openMany(isListing);
      finish();
      pass();
      ipvs.table.services.clear();
      ipvs.table.destinations.clear();
      pass();
      assert.equal(ipvs.table.destinations.size, many.length);
    });

  it('see in one pass what was changed in any of many services', () => {
    const { ipvs, finish, pass } = openMany();
    finish();
    pass();
    pass();
    for (const [key, entry] of ipvs.table.destinations) ipvs.table.destinations.set(key, { ...entry, weight: 7 });
    pass();
    assert.ok([...ipvs.table.destinations.values()].every(({ weight }) => weight === 100));
  });

  it('put right within ten seconds what the listing does not show, in any of many services, and read nothing at rest', () => {
    const { ipvs, turns, finish, wait } = openMany();
    const passes = (count: number): void => {
      for (let index = 0; index < count; index += 1) {
        wait(500);
        turns.pass();
        finish();
      }
    };
    finish();
    passes(60);
    const before = ipvs.reads();
    passes(60);
    assert.equal(ipvs.reads(), before);
    const keys = [...ipvs.table.destinations.keys()];
    for (const key of [keys[0], keys[299], keys.at(-1)]) {
      const entry = ipvs.table.destinations.get(key ?? '');
      assert.ok(key !== undefined && entry);
      ipvs.table.destinations.set(key, { ...entry, upperThreshold: 7 });
    }
    passes(20);
    assert.ok([...ipvs.table.destinations.values()].every(({ upperThreshold = 0 }) => upperThreshold === 0));
    // The three, and once more for what they were put right to.
    passes(40);
    assert.equal(ipvs.reads(), before + 6);
  });

  it('try all again in the next pass that the kernel has refused', () => {
    const { ipvs, finish, pass, log } = openMany();
    ipvs.refuse(true);
    finish();
    assert.ok(log.some((line) => /ENOMEM/.test(line)));
    ipvs.refuse(false);
    pass();
    assert.equal(ipvs.table.destinations.size, many.length);
  });
});
