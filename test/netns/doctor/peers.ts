// What two directors see of each other: doctors that run together, two masters, nobody.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from '../../../doctor/finding.ts';
import { type Namespace, until } from '../namespaces.ts';
import type { Case } from './case.ts';
import { about, longer, router, router6, show } from './documents.ts';
import { onStage, type Stage } from './stage.ts';

const options = ['--together', '--listen', '3s'];
const deaf = /doctor.* was(?: not)? heard/;
/** What each of two doctors finds that run at the same time, the director's first. */
const both = ({ examine, peer }: Stage, routers: readonly object[], others = routers) =>
  Promise.all([examine({ routers, options }), examine({ routers: others, options, on: peer })]);

/** Has a host drop what others advertise. */
const makeDeaf = ({ run }: Namespace): void => {
  run('nft', 'add', 'table', 'inet', 'filter');
  const chain = '{ type filter hook input priority 0; policy drop; }';
  run('nft', 'add', 'chain', 'inet', 'filter', 'input', chain);
};

/** Does what is printed there: runs the doctor, and then what that one prints. */
const mendByDoctor = async (
  { examine }: Stage,
  { mend }: Finding,
  on: Namespace,
  routers: readonly object[],
): Promise<void> => {
  assert.equal(mend, 'regent doctor -c /etc/regent/regent.yaml');
  on.run('sh', '-c', about(await examine({ routers, on }), /drops VRRP/)?.mend ?? 'false');
};

export const betweenPeers: readonly Case[] = [
  {
    title: 'finds nothing where each hears the other',
    work: () =>
      onStage(async (stage) => {
        for (const findings of await both(stage, [router(), router6()]))
          assert.equal(about(findings, deaf), undefined, show(findings));
      }),
  },

  {
    title: 'finds the direction in which multicast does not arrive, and peers mend it',
    work: () =>
      onStage(async (stage) => {
        stage.director.run('nft', 'add', 'table', 'netdev', 'lossy');
        const chain = '{ type filter hook ingress device enp0s9 priority 0; }';
        stage.director.run('nft', 'add', 'chain', 'netdev', 'lossy', 'in', chain);
        stage.director.run('nft', 'add', 'rule', 'netdev', 'lossy', 'in', 'ip', 'daddr', '224.0.0.18', 'drop');
        const [here, there] = await both(stage, [router()]);
        assert.match(about(here, deaf)?.message ?? '', /over IPv4: its multicast does not arrive here.*as peers$/);
        assert.equal(about(there, deaf), undefined, show(there));
        const [own, other] = ['192.168.55.11', '192.168.55.12'];
        for (const findings of await both(stage, [router({ peers: [other] })], [router({ peers: [own] })]))
          assert.equal(about(findings, deaf), undefined, show(findings));
      }),
  },

  {
    title: 'finds a bridge between the directors that keeps multicast to itself, and its command mends it there',
    code: 'doctor-unheard',
    work: () =>
      onStage(async (stage) => {
        const { peer } = stage;
        // The peer's interface goes on behind a bridge.
        for (const command of [
          'ip address flush dev enp0s9',
          'ip link set dev enp0s9 down',
          'ip link set dev enp0s9 name port',
          'ip link add lan type bridge mcast_snooping 1',
          'ip link add inner type veth peer name enp0s9',
          'ip link set dev port master lan',
          'ip link set dev inner master lan',
          'for name in port lan inner enp0s9; do ip link set dev $name up; done',
          'ip address add 192.168.55.12/24 dev enp0s9',
          'bridge link set dev port mcast_flood off',
        ])
          peer.run('sh', '-c', command);
        const [here, there] = await both(stage, [router()]);
        const finding = about(here, deaf);
        assert.equal(finding?.code, 'doctor-unheard', show(here));
        assert.equal(about(there, deaf), undefined, show(there));
        peer.run('sh', '-c', finding.mend ?? 'false');
        for (const findings of await both(stage, [router()]))
          assert.equal(about(findings, deaf), undefined, show(findings));
      }),
  },
  {
    title: 'finds that it runs alone, and its command on the other director mends it',
    work: () =>
      onStage(async (stage) => {
        const [own, other] = [router({ peers: ['192.168.55.12'] }), router({ peers: ['192.168.55.11'] })];
        const alone = await stage.examine({ routers: [own], options });
        const { message, mend, on } = about(alone, deaf) ?? {};
        assert.match(message ?? '', /the doctor of 192\.168\.55\.12 was not heard/);
        assert.match(mend ?? '', /^regent doctor .* --together$/);
        assert.equal(on, '192.168.55.12');
        for (const findings of await both(stage, [own], [other]))
          assert.equal(about(findings, deaf), undefined, show(findings));
      }),
  },
  {
    title: 'finds a second master beside its own; the doctor there sees why, and what it prints mends it',
    code: 'second-master',
    work: () =>
      onStage(async (stage) => {
        const { director, peer, examine, startsDirector, holds } = stage;
        const quick = { advertisement_interval: '500ms' };
        makeDeaf(peer);
        director.run('sh', '-c', startsDirector(director, router({ ...quick, priority: 150 })));
        peer.run('sh', '-c', startsDirector(peer, router({ ...quick, priority: 100 })));
        await until('both are master', () => holds(director) && holds(peer), 60_000);
        const routers = [router(quick)];
        const before = await examine({ routers });
        const finding = about(before, /one does not hear the other/);
        assert.ok(finding, show(before));
        assert.equal(finding.on, '192.168.55.12');
        await mendByDoctor(stage, finding, peer, routers);
        await until('it gives way', () => !holds(peer), 60_000);
        assert.equal(about(await examine({ routers }), /does not hear/), undefined);
      }),
  },
  {
    title: 'finds two masters elsewhere; the doctor of one sees why, and what it prints mends it',
    code: 'two-masters',
    work: () =>
      onStage(async (stage) => {
        const { director, peer, server, examine, startsDirector, holds } = stage;
        const quick = { advertisement_interval: '500ms' };
        for (const command of [
          'ip link add lan type bridge mcast_snooping 0',
          'for port in enp0s8 enp0s9; do ip address flush dev $port; ip link set dev $port master lan; done',
          'ip link set dev lan up',
          'ip address add 192.168.55.11/24 dev lan',
        ])
          director.run('sh', '-c', command);
        server.run('ip', 'address', 'add', '192.168.55.13/24', 'dev', 'enp0s8');
        server.run('ip', 'address', 'del', '192.168.66.111/24', 'dev', 'enp0s8');
        makeDeaf(peer);
        peer.run('sh', '-c', startsDirector(peer, router({ ...quick, priority: 100 })));
        server.run('sh', '-c', startsDirector(server, router({ ...quick, priority: 150, interface: 'enp0s8' })));
        await until('both are master', () => holds(peer) && holds(server), 60_000);
        const routers = [router({ ...quick, interface: 'lan' })];
        const before = await examine({ routers, options: longer });
        const finding = about(before, /192\.168\.55\.1[23] and 192\.168\.55\.1[23] are both master/);
        assert.ok(finding, show(before));
        assert.match(finding.on ?? '', /192\.168\.55\.12/);
        await mendByDoctor(stage, finding, peer, [router(quick)]);
        await until('it gives way', () => !holds(peer), 60_000);
        assert.equal(about(await examine({ routers, options: longer }), /are both master/), undefined);
      }),
  },
  {
    title: 'hints that nobody was heard, and its command on another director mends it',
    code: 'no-advertisement',
    work: () =>
      onStage(async ({ folder, peer, examine, startsDirector, holds }) => {
        const pattern = /no advertisement was heard/;
        const routers = [router({ advertisement_interval: '500ms' })];
        const finding = about(await examine({ routers }), pattern);
        assert.equal(finding?.severity, 'hint');
        const systemctl = join(folder, 'systemctl');
        const script = `#!/bin/sh\n[ "$*" = 'start regent' ] || exit 1\n${startsDirector(peer, ...routers)}\n`;
        writeFileSync(systemctl, script, { mode: 0o755 });
        peer.run('sh', '-c', `PATH=${folder}:$PATH; ${finding.mend}`);
        await until('it is master', () => holds(peer), 60_000);
        assert.equal(about(await examine({ routers }), pattern), undefined);
      }),
  },
];
