// A vrrp process leaves its routers to the next one: what crosses the socket is enough to go on, and holds no secret.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import type { RouterConfig } from '../../../../config/model/model.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { ip } from '../../../../net/ip-address.ts';
import type { RouterState } from '../../../../vrrp/election/election.ts';
import { findPredecessors } from '../../../../vrrp/handoff/configuration-handoff.ts';
import { type Handoff, handOff, snapshotsOf } from '../../../../vrrp/handoff/process-handoff.ts';
import { noRivalry, see } from '../../../../vrrp/rivals/rivalry.ts';
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
const up: ItemState = { state: 'up', reason: 'is up' };

describe('a handoff between processes', () => {
  const configs = routersOf(text);
  const [vip, gw] = configs as [RouterConfig, RouterConfig];
  const router = createRouter(vip, 'router vip');
  Object.assign(router, { sent: 12, since: 5, reason: 'preempts', announcements: { due: [at(1800)] } });
  router.keys = [{ id: 1, secret: Buffer.from('a secret') }] as typeof router.keys;
  router.marks = new Map([[ip('10.0.0.2'), {} as never]]);
  // A number that JSON cannot say.
  router.sequence = 1n << 40n;
  const backup: RouterState = { name: 'backup', deadline: at(4000), masterInterval: vip.advertisementInterval };
  const cross = (handoff: Handoff): Handoff => JSON.parse(JSON.stringify(handoff)) as Handoff;
  const left = cross(
    handOff(
      [
        { router, state: master },
        { router: createRouter(gw, 'router gw'), state: backup },
      ],
      new Map([['interface eth0', up]]),
    ),
  );

  it('holds no key', () => assert.doesNotMatch(JSON.stringify(left), /secret/));

  it('gives each router its state and its counts back', () => {
    const { predecessors, removedNames } = findPredecessors(snapshotsOf(left), configs);
    assert.deepEqual(removedNames, []);
    assert.deepEqual([predecessors.get('vip')?.state, predecessors.get('gw')?.state], [master, backup]);
    const successor = createRouter(vip, 'router vip', predecessors.get('vip')?.router);
    assert.deepEqual(
      [successor.sent, successor.since, successor.reason, successor.announcements, successor.config, successor.group],
      [12, 5, 'preempts', { due: [1800] }, vip, 'router vip'],
    );
    assert.deepEqual([successor.keys, successor.marks, successor.sendErrors], [[], new Map(), new Map()]);
  });

  it('holds the other masters that a router sees, and since when', () => {
    const rival = createRouter(vip, 'router vip');
    const evidence = { interface: 'eth0', source: ip('10.0.0.2'), priority: 100 };
    rival.rivalry = see(noRivalry, evidence, milliseconds(3000), at(5), 7);
    rival.suspicions.set('10.0.0.100 52:54:00:00:00:02', at(5));
    const [successor] = snapshotsOf(cross(handOff([{ router: rival, state: master }], new Map())));
    assert.deepEqual([successor?.router.rivalry, successor?.router.suspicions], [rival.rivalry, new Map()]);
  });

  it('tells what is known of tracked items', () => assert.deepEqual(left.known, [['interface eth0', up]]));

  it('leaves nothing to a router of another id', () => {
    const others = routersOf(text.replace('51', '61'));
    const { predecessors, removedNames } = findPredecessors(snapshotsOf(left), others);
    assert.deepEqual([[...predecessors.keys()], removedNames], [['gw'], ['vip']]);
  });
});
