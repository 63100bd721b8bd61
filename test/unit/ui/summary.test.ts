// The page's first line: what is wrong comes first, and what is not known is not well.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../base/units.ts';
import { ip } from '../../../net/ip-address.ts';
import { summarize } from '../../../ui/model/summary.ts';
import type { DirectorView, Status } from '../../../ui/model/view.ts';
import { busyStatus } from '../controller/control/busy-status.ts';

type State = Status['routers'][number]['state'];

const known = (id: number, state: State, change: Partial<Status> = {}): DirectorView => {
  const status = busyStatus();
  const routers = status.routers.map((router) => ({ ...router, state, rivals: [], since: 1000 * id }));
  const services = status.services.map((service) => ({
    ...service,
    servers: service.servers.map((server) => ({ ...server, health: 'up' as const, drained: false })),
  }));
  return {
    id,
    source: `s${id}`,
    name: `lb${id}`,
    since: 0,
    status: { ...status, director: `lb${id}`, warnings: [], routers, services, ...change },
  };
};
const unknown = (id: number): DirectorView => ({
  id,
  source: `s${id}`,
  name: `lb${id}`,
  since: 0,
  why: 'it is silent',
});
const hearing = (id: number): DirectorView => {
  const view = known(id, 'backup');
  const routers = (view.status?.routers ?? []).map((router) => ({
    ...router,
    master: { address: ip('192.0.2.9'), priority: 150 },
  }));
  return known(id, 'backup', { routers });
};
/** A service with one server that is up, and some that are down. */
const partly = (down: number): Status['services'] =>
  busyStatus().services.map((service) => {
    const [server] = service.servers;
    assert.ok(server !== undefined);
    const downs = Array.from({ length: down }, (_, index) => ({ ...server, name: `down${index}`, drained: false }));
    return { ...service, servers: [{ ...server, health: 'up' as const, drained: false }, ...downs] };
  });
const announcing = (id: number, state: 'announced' | 'released'): DirectorView => {
  const view = known(id, 'backup', { routers: [], services: [] });
  const entry = { name: 'edge', addresses: ['192.0.2.200/32'], state, lasted: milliseconds(0), reason: 'r' };
  return known(id, 'backup', {
    ...view.status,
    anycast: { interface: 'regent', lease: 3, addresses: [entry] } as never,
  });
};
const without = { services: busyStatus().services };

describe('the first line', () => {
  for (const [title, views, tone, headline] of [
    ['one master, and nothing to say', [known(0, 'master'), known(1, 'backup')], 'ok', 'Healthy'],
    ['a master that leaves has the addresses', [known(0, 'leaving'), known(1, 'backup')], 'ok', 'Healthy'],
    ['no master', [known(0, 'backup'), known(1, 'backup')], 'bad', 'vip has no master'],
    ['two masters', [known(0, 'master'), known(1, 'master')], 'bad', 'vip has 2 masters: lb0 and lb1'],
    [
      'a master beside a director that is not known',
      [known(0, 'master'), unknown(1)],
      'unknown',
      'lb1 is not known: it is silent',
    ],
    [
      'no master beside a director that may be it',
      [known(0, 'backup'), unknown(1)],
      'unknown',
      'The master of vip is not known: lb1 may be',
    ],
    [
      'a master that a backup hears beside a director that is not known',
      [hearing(0), unknown(1)],
      'unknown',
      'The master of vip is not known here; lb0 heard it last at 192.0.2.9',
    ],
    [
      'a backup alone, which hears its master',
      [hearing(0)],
      'unknown',
      'The master of vip is not known here; lb0 heard it last at 192.0.2.9',
    ],
    ['a master that was heard does not outweigh one that is known', [known(0, 'master'), hearing(1)], 'ok', 'Healthy'],
    ['no director that answers', [unknown(0), unknown(1)], 'unknown', 'Not known: no director answers'],
    ['nothing yet', [], 'unknown', 'Asking the directors'],
    [
      'a service without servers on its master',
      [known(0, 'master', without), known(1, 'backup')],
      'bad',
      'web has no server that takes connections on lb0',
    ],
    [
      'one server of two',
      [known(0, 'master', { services: partly(1) }), known(1, 'backup')],
      'warn',
      'Real server down0 is down',
    ],
    [
      'many servers',
      [known(0, 'master', { services: partly(5) }), known(1, 'backup')],
      'warn',
      '5 of 6 real servers are down: down0, down1, down2 and 2 more',
    ],
    [
      'a master without IPVS',
      [known(0, 'master', { ipvs: { writes: 0, fault: 'no ip_vs' } }), known(1, 'backup')],
      'bad',
      'lb0 is master and has no virtual service in its kernel: no ip_vs',
    ],
    ['one address that all announce', [announcing(0, 'announced'), announcing(1, 'announced')], 'ok', 'Healthy'],
    ['one address that one announces', [announcing(0, 'announced'), announcing(1, 'released')], 'ok', 'Healthy'],
    [
      'an address that none announces',
      [announcing(0, 'released'), announcing(1, 'released')],
      'bad',
      'edge is announced by no director',
    ],
    [
      'an address that none of the known announces',
      [announcing(0, 'released'), unknown(1)],
      'unknown',
      'edge is announced by no director that is known',
    ],
    ['the same on a backup alone', [known(0, 'master'), known(1, 'backup', without)], 'ok', 'Healthy'],
    [
      'a warning of both',
      [known(0, 'master', { warnings: ['disk full'] }), known(1, 'backup', { warnings: ['disk full'] })],
      'warn',
      'lb0 and lb1: disk full',
    ],
    [
      'what is worse comes first',
      [known(0, 'backup', { warnings: ['disk full'] }), known(1, 'backup')],
      'bad',
      'vip has no master',
    ],
  ] as const)
    it(`${headline}: ${title}`, () => {
      const found = summarize(views);
      assert.deepEqual([found.tone, found.headline], [tone, headline]);
    });

  it('names each master with its routers, since the latest of them', () => {
    const { rulers } = summarize([known(0, 'backup'), known(1, 'master')]);
    assert.deepEqual(rulers, [{ director: 'lb1', routers: ['vip'], since: 1000 }]);
  });
});
