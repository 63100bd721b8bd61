// What a routing daemon lacks or does, so that routers do not spread connections: each on a real BIRD with a real router.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FindingCode } from '../../../doctor/finding.ts';
import { ip } from '../../../net/ip-address.ts';
import { birdFragment } from '../../../routing/bird-fragment.ts';
import { until } from '../namespaces.ts';
import type { Case } from './case.ts';
import { show } from './documents.ts';
import { onStage, type Stage } from './stage.ts';

const head = (id: string): string => `router id ${id};\nprotocol device { }\n`;
const printed = birdFragment({
  interface: 'regent0',
  prefixes: [{ address: ip('192.0.2.10'), prefixLength: 32 }],
  sessions: { as: 64_512, neighbours: [{ address: ip('192.168.55.12'), as: 64_500 }], bfd: false },
});
const router = `${head('192.168.55.12')}
protocol bgp lb0 {
  local as 64500; neighbor 192.168.55.11 as 64512;
  connect delay time 1; connect retry time 1; error wait time 1, 1; hold time 240;
  ipv4 { import all; export none; };
}`;

/** BIRD beside the director, and on its peer the router. A bridge takes the place of the dummy, which some kernels lack. */
const withDaemons = (work: (parts: Stage & { readonly restart: (text: string) => Promise<void> }) => Promise<void>) =>
  onStage(async (stage) => {
    const { director, peer, folder, start } = stage;
    director.run(
      'sh',
      '-ec',
      'ip link add regent0 type bridge; ip link set regent0 up; ip address add 192.0.2.10 dev regent0',
    );
    const place = (name: string) => join(folder, name);
    writeFileSync(place('router.conf'), router);
    start(peer, 'bird', '-f', '-c', place('router.conf'), '-s', place('router.ctl'));
    let running: ReturnType<typeof start> | undefined;
    const restart = async (text: string): Promise<void> => {
      running?.kill('SIGKILL');
      writeFileSync(place('bird.conf'), `${head('192.168.55.11')}${text}`);
      running = start(director, 'bird', '-f', '-c', place('bird.conf'), '-s', place('bird.ctl'));
    };
    await work({ ...stage, restart });
  });

const seek = async ({ examine, folder }: Stage, code: FindingCode, isThere: boolean): Promise<void> => {
  const anycast = {
    engine: { type: 'bird', socket: join(folder, 'bird.ctl') },
    addresses: [{ name: 'web', addresses: ['192.0.2.10/32'] }],
  };
  let last: readonly object[] = [];
  await until(
    `the doctor ${isThere ? 'finds' : 'no longer finds'} ${code}`,
    async () => {
      const findings = await examine({ routers: [], more: { anycast } });
      last = findings;
      // While a session comes up, it is that which is found.
      const isUp = code === 'session-down' || findings.every((one) => one.code !== 'session-down');
      return isUp && findings.some((one) => one.code === code) === isThere;
    },
    60_000,
  ).catch((error: unknown) => assert.fail(`${String(error)}: ${show(last as never)}`));
};

const faults: readonly (readonly [FindingCode, string, string])[] = [
  ['session-missing', 'has no session', printed.replace(/protocol bgp[\s\S]*?\n}\n/, '')],
  ['session-down', 'has a session that is down', printed.replace('192.168.55.12', '192.168.55.99')],
  ['hold-long', 'would be noticed late', printed.replace('hold time 9', 'hold time 240')],
  [
    'route-not-exported',
    'does not announce the address',
    printed.replace('export filter regent_anycast', 'export none'),
  ],
  ['route-unequal', 'announces a route that differs', printed.replace('ORIGIN_IGP', 'ORIGIN_INCOMPLETE')],
];

export const ofRoutingDaemons: readonly Case[] = [
  ...faults.map(([code, what, faulty]) => ({
    title: `finds that the routing daemon ${what}, and that the printed configuration mends it`,
    code,
    work: () =>
      withDaemons(async (parts) => {
        await parts.restart(faulty);
        await seek(parts, code, true);
        await parts.restart(printed);
        await seek(parts, code, false);
      }),
  })),
  {
    title: 'finds that the routing daemon is not there, until it is started',
    code: 'engine-silent',
    work: () =>
      withDaemons(async (parts) => {
        await seek(parts, 'engine-silent', true);
        await parts.restart(printed);
        await seek(parts, 'engine-silent', false);
      }),
  },
];
