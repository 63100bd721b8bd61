// Marks in any order, refusals, and hands that reach into the table: it ends as configured, and no service is emptied on the way.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nameService } from '../../../../controller/ipvs/named-service.ts';
import type { ServerStanding } from '../../../../controller/ipvs/service-judgement.ts';
import { extent } from '../../../prove/extent.ts';
import { served } from '../../kernel/ipvs/played-table.ts';
import { configOf, openWorld, rows, type Shape, serverCount, serviceCount } from './played-turns.ts';

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
              turns.configure(configOf(shape).map(nameService));
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

  it('add a server before they take the one away that it replaces', () => {
    const seen: boolean[] = [];
    const { ipvs, turns, finish } = openWorld([[0], [], []], (table) => seen.push(served(table).size > 0));
    finish();
    seen.length = 0;
    turns.configure(configOf([[1], [], []]).map(nameService));
    finish();
    assert.deepEqual(
      seen,
      seen.map(() => true),
    );
    assert.equal(ipvs.table.destinations.size, 2);
  });

  const countSettings = (isListing: boolean) => {
    const world = openWorld(
      Array.from({ length: 8 }, () => [0]),
      undefined,
      isListing,
    );
    const { ipvs, turns, finish, wait } = world;
    let count = 0;
    const settings = ipvs.settings.bind(ipvs);
    const read = ipvs.read.bind(ipvs);
    Object.assign(ipvs, {
      settings: (...args: Parameters<typeof settings>) => {
        count += 1;
        return settings(...args);
      },
      read: (...args: Parameters<typeof read>) => {
        if (!isListing) count += 1;
        return read(...args);
      },
    });
    finish();
    const pass = (): boolean => {
      const before = count;
      wait(500);
      turns.pass();
      if (!isListing) turns.work().next();
      return count > before;
    };
    return { turns, finish, pass };
  };

  it('compare settings in each pass while few are marked', () => {
    const { turns, finish, pass } = countSettings(true);
    const compared = Array.from({ length: 14 }, () => {
      finish();
      turns.mark(['s0', 's1']);
      return pass();
    });
    assert.ok(
      compared.every((isCompared) => isCompared),
      String(compared),
    );
  });

  it('compare no settings while work is marked, but in every seventh pass, and again once it is done', () => {
    const { turns, finish, pass } = countSettings(true);
    assert.ok(pass());
    finish();
    turns.mark();
    assert.deepEqual(
      Array.from({ length: 14 }, () => pass()).flatMap((isCompared, index) => (isCompared ? [index] : [])),
      [6, 13],
    );
    finish();
    assert.ok(pass());
  });

  it('read what is due while work is marked where the kernel has no listing', () => {
    const { turns, pass } = countSettings(false);
    turns.mark();
    assert.ok(pass());
  });
});
