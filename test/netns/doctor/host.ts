// What the host itself lacks or forbids: subnets, IPVS, capabilities, real time.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import type { Finding } from '../../../doctor/finding.ts';
import type { Case } from './case.ts';
import { about, changed, router, router6, service, show } from './documents.ts';
import { kernelWith } from './modules.ts';
import { onStage } from './stage.ts';

const without = (capability: string): string[] => [
  'setpriv',
  '--bounding-set',
  `-${capability}`,
  '--inh-caps',
  `-${capability}`,
];

export const ofHost: readonly Case[] = [
  {
    title: 'takes the address of an owner for its own',
    work: () =>
      onStage(async ({ examine }) => {
        const findings = await examine({ routers: [router({ priority: 255, addresses: ['192.168.55.11/24'] })] });
        assert.equal(about(findings, /has no IPv4 address of its own/), undefined);
      }),
  },
  ...(
    [
      ['10.9.9.9', router({ addresses: ['10.9.9.9/32'] })],
      ['fd99::9', router6({ addresses: ['fd99::9/128', 'fe80::64/128'] })],
    ] as const
  ).map(([address, one]) => ({
    title: `hints at ${address}, outside every connected subnet, and its command lets a neighbour reach it`,
    code: 'address-outside' as const,
    work: () =>
      onStage(async ({ director, peer, examine }) => {
        const finding = about(await examine({ routers: [one] }), /outside every connected subnet/);
        assert.match(finding?.message ?? '', new RegExp(`^${address} `));
        director.run('ip', 'address', 'add', address, 'dev', 'enp0s9', ...(address.includes(':') ? ['nodad'] : []));
        const ping = (): void => void peer.run('ping', '-c', '3', '-i', '0.2', '-W', '2', address);
        assert.throws(ping);
        peer.run('sh', '-c', finding?.mend ?? 'false');
        ping();
      }),
  })),
  {
    title: 'finds a kernel without IPVS',
    work: () =>
      onStage(async ({ examine }) => {
        const findings = await examine({ routers: [router()], services: [service] });
        const hasIpvs = execFileSync(
          'sh',
          ['-c', 'modprobe -q ip_vs; test -e /proc/net/ip_vs && echo yes || echo no'],
          {
            encoding: 'utf8',
          },
        );
        assert.equal(about(findings, /has no IPVS/) === undefined, hasIpvs.trim() === 'yes');
      }),
  },
  ...(
    [
      ['it may not send', 'net_raw', /without CAP_NET_RAW/],
      ['it may not change addresses', 'net_admin', /without CAP_NET_ADMIN/],
    ] as const
  ).map(([what, capability, pattern]) => ({
    title: `finds that ${what}, until it is run as root`,
    code: 'capability-missing' as const,
    work: () =>
      onStage(async ({ examine }) => {
        const prefix = without(capability);
        const finding = about(await examine({ routers: [router()], prefix }), pattern);
        assert.equal(finding?.mend, 'sudo --shell');
        assert.equal(about(await examine({ routers: [router()] }), pattern), undefined);
      }),
  })),
  ...(
    [
      ['has not loaded IPVS', 'ipvs-not-loaded', ['ip_vs', 'ip_vs_wrr'], []],
      ['has none', 'ipvs-missing', [], []],
    ] as const
  ).map(([what, code, known, loaded]) => ({
    title: `finds a kernel that ${what}, and its command mends it`,
    code,
    work: () =>
      onStage(async (stage) => {
        const { prefix, run } = kernelWith(stage, known, loaded);
        const examined = { routers: [router()], services: [{ ...service, scheduler: 'wrr' }], prefix };
        const finding = (await stage.examine(examined)).find((one) => one.code === code);
        run(finding?.mend ?? 'false');
        const rest = await stage.examine(examined);
        assert.equal(
          rest.find((one) => one.code === code),
          undefined,
          show(rest),
        );
      }),
  })),
  {
    title: 'finds a kernel without a scheduler, and the change it proposes mends it',
    code: 'scheduler-missing',
    work: () =>
      onStage(async (stage) => {
        const { prefix } = kernelWith(stage, ['ip_vs_wrr'], ['ip_vs']);
        const ask = async (one: object): Promise<Finding | undefined> =>
          about(await stage.examine({ routers: [router()], services: [one], prefix }), /has no module ip_vs_/);
        const finding = await ask({ ...service, scheduler: 'mh' });
        assert.equal(finding?.code, 'scheduler-missing');
        assert.equal(await ask(changed(service, finding)), undefined);
      }),
  },
  {
    title: 'finds that real-time scheduling is forbidden, and its command permits it',
    code: 'real-time-forbidden',
    work: () =>
      onStage(async ({ examine }) => {
        const prefix = without('sys_nice');
        const pattern = /forbids real-time scheduling/;
        const finding = about(await examine({ routers: [router()], prefix }), pattern);
        assert.ok(finding?.mend);
        // A container may forbid root itself to raise limits (CAP_SYS_RESOURCE).
        const mayRaise = spawnSync('prlimit', ['--rtprio=50:50', 'true']).status === 0;
        const permitted = mayRaise ? [...prefix, 'sh', '-c', `${finding.mend} && exec "$@"`, 'sh'] : [];
        assert.equal(about(await examine({ routers: [router()], prefix: permitted }), pattern), undefined);
      }),
  },
];
