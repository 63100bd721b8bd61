// BIRD on a director's host and on its router: what the director announces becomes a route of the router's kernel.

import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../netns/namespaces.ts';
import type { Host } from '../../netns/vrrp/hosts.ts';

const own = { lb0: '192.168.55.11', lb1: '192.168.55.12' } as const;
/** The next hops of IPv6 routes. */
const six = { lb0: 'fd00:55::11', lb1: 'fd00:55::12' } as const;

const sessionOf = (here: keyof typeof own, there: keyof typeof own, exported: string): string => `
router id ${own[here]};
protocol device { scan time 1; }
protocol bgp session {
  local ${own[here]} as ${here === 'lb0' ? 65001 : 65000};
  neighbor ${own[there]} as ${there === 'lb0' ? 65001 : 65000};
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 2;
  ipv4 { import all; export ${exported}; };
  ipv6 { import all; export ${exported}; next hop address ${six[here]}; };
}
`;

const directorBird = `${sessionOf('lb0', 'lb1', 'where source = RTS_DEVICE')}
protocol direct { ipv4; ipv6; interface "regent*"; }
`;
const routerBird = `${sessionOf('lb1', 'lb0', 'none')}
protocol kernel { ipv4 { import none; export all; }; }
protocol kernel { ipv6 { import none; export all; }; }
`;

const start = (host: Host, text: string): ChildProcess => {
  const file = join(host.directory, 'bird.conf');
  writeFileSync(file, `log "${join(host.directory, 'bird.log')}" all;\n${text}`);
  return host.start('bird', '-f', '-c', file, '-s', join(host.directory, 'bird.ctl'));
};

/** Starts both, and waits for their session. @returns the director's */
export const startBirds = async (director: Host, router: Host): Promise<ChildProcess> => {
  for (const [host, address] of [
    [director, six.lb0],
    [router, six.lb1],
  ] as const)
    host.namespace.run('ip', 'address', 'add', `${address}/64`, 'dev', 'enp0s9', 'nodad');
  start(router, routerBird);
  const bird = start(director, directorBird);
  const socket = join(director.directory, 'bird.ctl');
  await until(
    'the BGP session is up',
    () => {
      try {
        return /Established/.test(director.namespace.run('birdc', '-s', socket, 'show', 'protocols', 'session'));
      } catch {
        return false; // it does not listen yet
      }
    },
    120_000,
  );
  return bird;
};

/** Whether the router's kernel has a route to the address. */
export const isRouted = (router: Host, address: string): boolean => {
  const family = address.includes(':') ? '-6' : '-4';
  return (
    router.namespace.run('ip', family, 'route', 'show', address).includes('192.168.55.11') ||
    router.namespace.run('ip', family, 'route', 'show', address).includes(six.lb0)
  );
};
