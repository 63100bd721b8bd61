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
/** A director with several routers in one state, which they have had for some time. */
const several = (id: number, state: State, names: readonly string[], lasted?: number): DirectorView => {
  const routers = (known(id, state).status?.routers ?? []).slice(0, 1);
  const spread = names.flatMap((name, index) =>
    routers.map((router) => ({
      ...router,
      name,
      ...(lasted !== undefined && { lasted: milliseconds(lasted) }),
      ...(state === 'backup' && { master: { address: ip(`192.0.2.${9 + index}`), priority: 150 } }),
    })),
  );
  return known(id, state, { routers: spread });
};
const both = ['vip', 'gateway'];
const many = ['a', 'b', 'c', 'd', 'e', 'f'];
/** A service without healthy servers in this mode, and what its director warns of. */
const inMode = (mode: 'panic' | 'sorry' | 'standby'): Partial<Status> => ({
  services: busyStatus().services.map((service) => ({ ...service, mode })),
  warnings: [`service web is in ${mode} mode: it has too few healthy servers of its own`],
});
const withoutServers = 'service web has no real server that takes connections';
const without = { services: busyStatus().services };

describe('the first line', () => {
  for (const [title, views, tone, headline] of [
    ['one master, and nothing to say', [known(0, 'master'), known(1, 'backup')], 'ok', 'Healthy'],
    ['a master that leaves has the addresses', [known(0, 'leaving'), known(1, 'backup')], 'ok', 'Healthy'],
    ['no master', [known(0, 'backup'), known(1, 'backup')], 'bad', 'vip has no master'],
    ['two masters', [known(0, 'master'), known(1, 'master')], 'bad', 'vip has 2 masters: lb0 and lb1'],
    [
      'two masters of several routers',
      [several(0, 'master', both, 9000), several(1, 'master', both, 1000)],
      'bad',
      'vip and gateway have 2 masters: lb0 and lb1',
    ],
    [
      'two masters of many',
      [several(0, 'master', many), several(1, 'master', many)],
      'bad',
      'a, b, c and 3 more have 2 masters: lb0 and lb1',
    ],
    [
      'the old one has not been heard again since the new one is master',
      [several(0, 'master', both, 9000), several(1, 'master', both, 999)],
      'warn',
      'lb1 takes vip and gateway over from lb0',
    ],
    [
      'the old one leaves, for as long as it does',
      [several(0, 'leaving', both, 3000), several(1, 'master', both, 2000)],
      'warn',
      'lb1 takes vip and gateway over from lb0',
    ],
    [
      'several masters that backups hear',
      [several(0, 'backup', both), unknown(1)],
      'unknown',
      'The master of vip and gateway is not known here; lb0 heard it last at 192.0.2.9 and 192.0.2.10',
    ],
    [
      'a service in panic mode without a healthy server',
      [known(0, 'master', inMode('panic')), known(1, 'backup')],
      'bad',
      'web has no healthy server on lb0: panic mode uses them all',
    ],
    [
      'a service with its sorry server alone',
      [known(0, 'master', inMode('sorry')), known(1, 'backup')],
      'bad',
      'web has its sorry server alone on lb0',
    ],
    [
      'a mode that has healthy servers is warned of',
      [known(0, 'master', { ...inMode('standby'), services: partly(0) }), known(1, 'backup')],
      'warn',
      'lb0: service web is in standby mode: it has too few healthy servers of its own',
    ],
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
    [
      'the same on a backup alone',
      [known(0, 'master'), known(1, 'backup', { ...without, warnings: [withoutServers] })],
      'warn',
      `lb1: ${withoutServers}`,
    ],
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

  it('says of a mode without healthy servers nothing more than the service has', () => {
    const backup = known(1, 'backup', { warnings: [withoutServers] });
    const { findings } = summarize([known(0, 'master', inMode('panic')), backup]);
    assert.deepEqual(
      findings.filter(({ text }) => /mode|takes/.test(text)).map(({ text }) => text),
      ['web has no healthy server on lb0: panic mode uses them all'],
    );
  });

  it('names each master with its routers, since the latest of them', () => {
    const { rulers } = summarize([known(0, 'backup'), known(1, 'master')]);
    assert.deepEqual(rulers, [{ director: 'lb1', routers: ['vip'], since: 1000 }]);
  });
});
