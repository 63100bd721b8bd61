// A vrrp process leaves its routers to the next one: what crosses the socket is enough to go on, and holds no secret.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import type { RouterConfig } from '../../../../config/model/model.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { ip } from '../../../../net/ip-address.ts';
import type { RouterState } from '../../../../vrrp/election/router-state.ts';
import { findPredecessors } from '../../../../vrrp/handoff/configuration-handoff.ts';
import { type Handoff, handOff, snapshotsOf } from '../../../../vrrp/handoff/process-handoff.ts';
import { noRivalry, see } from '../../../../vrrp/rivals/rivalry.ts';
import { noWatch } from '../../../../vrrp/rivals/rivals.ts';
import { createRouter } from '../../../../vrrp/router.ts';
import type { ItemState } from '../../../../vrrp/tracking/judgement.ts';

const at = (value: number): Instant => value as Instant;
const routersOf = (text: string): readonly RouterConfig[] => {
  const parsed = parseConfig(`director: lb0\nvrrp:\n  routers:\n${text}`, 'f');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.config.vrrp.routers;
};
const text = `    - { name: vip, interface: eth0, virtual_router_id: 51, priority: 150, addresses: [10.0.0.100/32],
        authentication: { type: hmac, key_file: /etc/regent/vrrp.keys } }
    - { name: gw, interface: eth0, virtual_router_id: 52, priority: 100, addresses: [10.0.0.101/32] }
`;
const master: RouterState = { name: 'master', deadline: at(1700), lastSent: at(700) };
const times = { now: at(0), wall: 0 };
const up: ItemState = { state: 'up', reason: 'is up' };

describe('a handoff between processes', () => {
  const configs = routersOf(text);
  const [vip, gw] = configs as [RouterConfig, RouterConfig];
  const router = createRouter(vip, 'router vip', times);
  Object.assign(router, { sent: 12, since: 5, reason: 'preempts' });
  router.keys = [{ id: 1, secret: Buffer.from('a secret') }] as typeof router.keys;
  router.marks = new Map([[ip('10.0.0.2'), {} as never]]);
  // A number that JSON cannot say.
  router.sequence = 1n << 40n;
  const backup: RouterState = { name: 'backup', deadline: at(4000), masterInterval: vip.advertisementInterval };
  const cross = (handoff: Handoff): Handoff => JSON.parse(JSON.stringify(handoff)) as Handoff;
  const left = cross(
    handOff(
      [
        { router, state: master, announcements: { due: [at(1800)] }, watch: noWatch },
        { router: createRouter(gw, 'router gw', times), state: backup, announcements: { due: [] }, watch: noWatch },
      ],
      new Map([['interface eth0', up]]),
    ),
  );

  it('holds no key', () => assert.doesNotMatch(JSON.stringify(left), /secret/));

  it('gives each router its state and its counts back', () => {
    const { predecessors, removedNames } = findPredecessors(snapshotsOf(left, times), configs);
    assert.deepEqual(removedNames, []);
    assert.deepEqual([predecessors.get('vip')?.state, predecessors.get('gw')?.state], [master, backup]);
    const successor = createRouter(vip, 'router vip', times, predecessors.get('vip')?.router);
    assert.deepEqual(
      [successor.sent, successor.since, successor.reason, successor.config, successor.group],
      [12, 5, 'preempts', vip, 'router vip'],
    );
    assert.deepEqual(predecessors.get('vip')?.announcements, { due: [1800] });
    assert.deepEqual([successor.keys, successor.marks, successor.sendErrors], [[], new Map(), new Map()]);
  });

  const evidence = { interface: 'eth0', source: ip('10.0.0.2'), priority: 100 };
  const rivalry = see(noRivalry, evidence, milliseconds(3000), at(5), 7);
  const seen = { masterSince: at(1), rivalry, splitBrains: 2 };
  const reports = { left: 3, at: at(4) };
  for (const [what, isReported] of [
    ['that were reported', { isReported: true }],
    ['that found no room in the log', {}],
  ] as const)
    it(`holds the other masters that a router sees, since when, and ${what}`, () => {
      const watch = { ...seen, ...isReported, reports, suspicions: new Map([['10.0.0.100', at(5)]]) };
      const own = { ...router, reports: { left: 1, at: at(2) } };
      const snapshot = { router: own, state: master, announcements: { due: [] }, watch };
      const [successor] = snapshotsOf(cross(handOff([snapshot], new Map())), times);
      assert.deepEqual(successor?.watch, { ...seen, ...isReported, suspicions: new Map() });
      assert.deepEqual(successor?.router.reports, own.reports);
      assert.deepEqual(
        Object.keys(successor?.router ?? {}).filter((key) => !(key in own)),
        [],
      );
    });

  it('takes the other masters of an older build for reported, as that one did', () => {
    const handoff = handOff(
      [{ router, state: master, announcements: { due: [] }, watch: { ...noWatch, ...seen } }],
      new Map(),
    );
    const older = JSON.parse(JSON.stringify(handoff), (key, value) =>
      key === 'areRivalsReported' ? undefined : value,
    );
    assert.equal(snapshotsOf(older as Handoff, times)[0]?.watch.isReported, true);
  });

  it('tells what is known of tracked items', () => assert.deepEqual(left.known, [['interface eth0', up]]));

  it('leaves nothing to a router of another id', () => {
    const others = routersOf(text.replace('51', '61'));
    const { predecessors, removedNames } = findPredecessors(snapshotsOf(left, times), others);
    assert.deepEqual([[...predecessors.keys()], removedNames], [['gw'], ['vip']]);
  });
});
