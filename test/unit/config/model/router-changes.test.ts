// Which virtual routers a new configuration keeps, changes, adds and removes.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { milliseconds } from '../../../../base/units.ts';
import type { RouterConfig } from '../../../../config/model/model.ts';
import { compareRouters } from '../../../../config/model/router-changes.ts';
import { ip } from '../../../../net/ip-address.ts';
import { routerConfig } from '../../router-config.ts';

const router = (change: Partial<RouterConfig> = {}): RouterConfig =>
  routerConfig({ addresses: [{ address: ip('10.0.0.1'), prefixLength: 32 }], ...change });
const count = (after: Partial<RouterConfig>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(compareRouters([router()], [router(after)])).map(([kind, found]) => [kind, found.length]),
  );
const kept = { kept: 1, changed: 0, added: 0, removed: 0 };
const changed = { kept: 0, changed: 1, added: 0, removed: 0 };
const replaced = { kept: 0, changed: 0, added: 1, removed: 1 };

describe('router changes', () => {
  const rows: readonly (readonly [string, Partial<RouterConfig>, Record<string, number>])[] = [
    ['nothing', {}, kept],
    ['the priority', { priority: 120 }, changed],
    ['the name', { name: 'other' }, changed],
    ['the addresses', { addresses: [] }, changed],
    ['the interval', { advertisementInterval: milliseconds(500) }, changed],
    ['peers, while a pair moves to unicast', { peers: [ip('10.0.0.12')], multicast: false }, changed],
    ['the family', { family: 'ipv6' }, replaced],
    ['the interface', { interface: 'eth1' }, replaced],
    ['the virtual router id', { virtualRouterId: 52 }, replaced],
    ['the version', { version: 2 }, replaced],
    ['the priority to that of an owner', { priority: 255 }, replaced],
  ];
  for (const [what, change, expected] of rows)
    it(`${what}: ${Object.entries(expected).flatMap(([kind, n]) => (n > 0 ? [kind] : []))}`, () =>
      assert.deepEqual(count(change), expected));

  /** Unicast routers with one id, each by its name and its peers. */
  const unicast = (...named: readonly (readonly [name: string, ...peers: string[]])[]): RouterConfig[] =>
    named.map(([name, ...peers]) => router({ name, peers: peers.map((peer) => ip(peer)), multicast: false }));
  const [a, b] = [
    ['a', '10.0.0.11', '10.0.0.12'],
    ['b', '10.0.0.21', '10.0.0.22'],
  ] as const;
  for (const [what, before, after, continued] of [
    ['swap places', [a, b], [b, a], { a: 'a', b: 'b' }],
    ['lose the first of them', [a, b], [b], { b: 'b' }],
    ['have one before them', [b], [a, b], { b: 'b' }],
    [
      'swap places and names',
      [a, b],
      [
        ['a', ...b.slice(1)],
        ['b', ...a.slice(1)],
      ],
      { a: 'b', b: 'a' },
    ],
    ['swap places, and one loses a peer', [a, b], [b, ['a', '10.0.0.12']], { a: 'a', b: 'b' }],
    ['swap places, and one has other peers', [a, b], [b, ['a', '10.0.0.31']], { a: 'a', b: 'b' }],
    [
      'have other peers, all of them',
      [a, b],
      [
        ['a', '10.0.0.31'],
        ['b', '10.0.0.41'],
      ],
      { a: 'a', b: 'b' },
    ],
    [
      'have other peers and names',
      [a, b],
      [
        ['c', '10.0.0.31'],
        ['d', '10.0.0.41'],
      ],
      { c: 'a', d: 'b' },
    ],
    [
      'lose a peer each, and swap places under other names',
      [a, b],
      [
        ['c', '10.0.0.21'],
        ['d', '10.0.0.11'],
      ],
      { c: 'b', d: 'a' },
    ],
    [
      'share a peer, and swap places under other names',
      [
        ['a', '10.0.0.11', '10.0.0.12'],
        ['b', '10.0.0.12', '10.0.0.21'],
      ],
      [
        ['c', '10.0.0.21', '10.0.0.12'],
        ['d', '10.0.0.11', '10.0.0.12'],
      ],
      { c: 'b', d: 'a' },
    ],
  ] as [string, (readonly [string, ...string[]])[], (readonly [string, ...string[]])[], Record<string, string>][])
    it(`continues each of two unicast routers with one id where they ${what}`, () => {
      const { kept, changed: others } = compareRouters(unicast(...before), unicast(...after));
      const pairs = [
        ...kept.map(({ name }) => [name, name]),
        ...others.map((pair) => [pair.after.name, pair.before.name]),
      ];
      assert.deepEqual(Object.fromEntries(pairs), continued);
    });

  const routers = fc
    .uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 8 })
    .chain((ids) =>
      fc.tuple(
        ...ids.map((id) => fc.constantFrom(100, 150).map((priority) => router({ virtualRouterId: id, priority }))),
      ),
    );
  it('names every router of the new configuration once, and of the old one once', () =>
    fc.assert(
      fc.property(routers, routers, (before, after) => {
        const changes = compareRouters(before, after);
        const idsOf = (list: readonly RouterConfig[]) => list.map(({ virtualRouterId }) => virtualRouterId).sort();
        const lasting = [...changes.kept, ...changes.changed.map((pair) => pair.after)];
        assert.deepEqual(idsOf([...lasting, ...changes.added]), idsOf(after));
        assert.deepEqual(idsOf([...lasting, ...changes.removed]), idsOf(before));
      }),
    ));
});
