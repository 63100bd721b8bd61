// The tracker: which routers an item concerns, when a change counts, and what follows of it.

import assert from 'node:assert/strict';
import type { Instant } from '../../../../base/units.ts';
import type { VrrpConfig } from '../../../../config/model/model.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import type { ItemState } from '../../../../vrrp/tracking/judgement.ts';
import { createTracker } from '../../../../vrrp/tracking/tracker.ts';

const at = (value: number): Instant => value as Instant;
const up: ItemState = { state: 'up', reason: 'is up' };
const down: ItemState = { state: 'down', reason: 'is down' };
const unknown: ItemState = { state: 'unknown', reason: 'is not known' };

const configOf = (rest: string, track = '', groupTrack = ''): VrrpConfig => {
  const text = `director: d
vrrp:
  routers:
    - { name: a, interface: eth0, virtual_router_id: 1, priority: 150, addresses: [10.0.0.1], track: [${track}] }
    - { name: b, interface: eth1, virtual_router_id: 2, priority: 140, addresses: [10.0.1.1] }
    - { name: c, interface: eth2, virtual_router_id: 3, addresses: [10.0.2.1] }
  groups: [{ name: g, routers: [a, b], track: [${groupTrack}] }]
${rest}`;
  const result = parseConfig(text, 'f');
  assert.ok(result.ok, JSON.stringify(result));
  return result.config.vrrp;
};
const one = (item: string, state: ItemState) => new Map([[item, state]]);

describe('tracker', () => {
  it('judges no router while nothing is pending, however often it is asked', () => {
    const config = configOf('', '{ interface: eth9, weight: -60, down_delay: 1s }');
    let judged = 0;
    const routers = new Proxy(config.routers, {
      get: (list, name) => {
        if (name === 'find') judged += 1;
        return Reflect.get(list, name);
      },
    });
    const tracker = createTracker({ ...config, routers });
    tracker.report(one('interface eth9', up), at(0));
    judged = 0;
    for (const now of [10, 20, 30]) assert.deepEqual(tracker.settle(at(now)), { changed: [], rejudged: [] });
    assert.equal(judged, 0);
    tracker.report(one('interface eth9', down), at(40));
    judged = 0;
    assert.deepEqual(tracker.settle(at(1039)).changed, []);
    assert.equal(judged, 0);
    assert.equal(tracker.settle(at(1040)).changed.length, 1);
    assert.ok(judged > 0);
  });

  it('lowers the priority of every member of the group, and says why', () => {
    const tracker = createTracker(configOf('', '{ interface: eth9, weight: -60 }'));
    tracker.report(one('interface eth9', up), at(0));
    const { changed, rejudged } = tracker.report(
      one('interface eth9', { state: 'down', reason: 'has no carrier' }),
      at(9),
    );
    assert.deepEqual(
      changed.map(({ item }) => item),
      ['interface eth9'],
    );
    assert.deepEqual(
      rejudged.map(({ router, before, after, causes }) => [router, before.effective, after.effective, causes]),
      [
        ['a', 150, 90, ['interface eth9 has no carrier']],
        ['b', 140, 80, ['interface eth9 has no carrier']],
      ],
    );
  });

  it('faults only the member that tracks without weight', () => {
    const tracker = createTracker(configOf('', '{ interface: eth9 }'));
    tracker.report(one('interface eth9', down), at(0));
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => tracker.judgementOf(name).faults.length),
      [1, 0, 0],
    );
  });

  it('faults all members for what their group tracks', () => {
    const tracker = createTracker(configOf('', '', '{ route: default }'));
    tracker.report(one('route default', down), at(0));
    assert.deepEqual(
      ['a', 'b', 'c'].map((name) => tracker.judgementOf(name).faults),
      [['route default is down'], ['route default is down'], []],
    );
  });

  it('takes the weight of a script where the entry has none, and the entry’s where it has one', () => {
    const script = '  scripts: [{ name: s, command: [/bin/true], weight: -10 }]\n';
    for (const [entry, effective] of [
      ['{ script: s }', 140],
      ['{ script: s, weight: -30 }', 120],
    ] as const) {
      const tracker = createTracker(configOf(script, entry));
      tracker.report(one('script s', down), at(0));
      assert.equal(tracker.judgementOf('a').effective, effective);
    }
  });

  it('counts an item that group and router track once, as the router has it', () => {
    const tracker = createTracker(configOf('', '{ interface: eth9, weight: -20 }', '{ interface: eth9, weight: -60 }'));
    tracker.report(one('interface eth9', down), at(0));
    assert.equal(tracker.judgementOf('a').effective, 130);
  });

  it('knows which session detects for whom; it neither weighs nor faults', () => {
    const bfd = '  bfd: [{ name: peer, peer: 10.0.0.9 }]\n';
    const tracker = createTracker(configOf(bfd, '{ bfd: peer }'));
    tracker.report(one('bfd peer', down), at(0));
    assert.deepEqual([tracker.detectorsOf('a'), tracker.detectorsOf('b')], [['peer'], []]);
    assert.deepEqual([tracker.judgementOf('a').effective, tracker.judgementOf('a').faults], [150, []]);
    assert.deepEqual(tracker.trackedBy('a'), [{ item: 'bfd peer', ...down }]);
  });

  it('lets a change count after its delay, and only if it lasts', () => {
    const tracker = createTracker(configOf('', '{ interface: eth9, weight: -60, down_delay: 100ms, up_delay: 1s }'));
    const effective = () => tracker.judgementOf('a').effective;
    tracker.report(one('interface eth9', up), at(0));
    tracker.report(one('interface eth9', down), at(10));
    assert.deepEqual([effective(), tracker.next()], [150, 110]);
    tracker.report(one('interface eth9', up), at(60));
    assert.deepEqual([effective(), tracker.next()], [150, undefined]);
    tracker.report(one('interface eth9', down), at(70));
    tracker.report(one('interface eth9', down), at(120));
    tracker.settle(at(169));
    assert.equal(effective(), 150);
    tracker.settle(at(170));
    assert.deepEqual([effective(), tracker.next()], [90, undefined]);
    tracker.report(one('interface eth9', up), at(200));
    assert.deepEqual([effective(), tracker.next()], [90, 1200]);
  });

  it('forgets what is not tracked for a while, and not a session, which runs on', () => {
    const withSession = (...tracks: string[]) => {
      const config = configOf('', ...tracks);
      return { ...config, bfd: [{ name: 'peer' }] as never };
    };
    const first = createTracker(withSession('{ interface: eth9 }'));
    first.report(new Map([...one('interface eth9', down), ...one('bfd peer', up)]), at(0));
    const second = createTracker(withSession(''), first.known());
    assert.deepEqual([...second.known().keys()], ['bfd peer']);
    const third = createTracker(withSession('{ interface: eth9 }'), second.known());
    assert.deepEqual(third.judgementOf('a').faults, []);
  });

  it('goes by what it knows when nothing is known any more', () => {
    const tracker = createTracker(configOf('', '{ neighbour: 10.0.0.9 }'));
    tracker.report(one('neighbour 10.0.0.9', down), at(0));
    tracker.report(one('neighbour 10.0.0.9', unknown), at(5));
    assert.equal(tracker.judgementOf('a').faults.length, 1);
  });

  it('awaits what it has never seen, and begins with what an earlier one knew', () => {
    const config = configOf('', '{ neighbour: 10.0.0.9 }');
    const first = createTracker(config);
    assert.equal(first.judgementOf('a').awaited.length, 1);
    first.report(one('neighbour 10.0.0.9', up), at(0));
    assert.deepEqual(createTracker(config, first.known()).judgementOf('a').awaited, []);
  });

  it('reports nothing when only the words change', () => {
    const tracker = createTracker(configOf('', '{ interface: eth9, weight: -60 }'));
    tracker.report(one('interface eth9', up), at(0));
    assert.deepEqual(tracker.report(one('interface eth9', { ...up, reason: 'is still up' }), at(1)), {
      changed: [],
      rejudged: [],
    });
  });
});
