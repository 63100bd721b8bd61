// The routing daemons of the fleet: started, frozen and killed, and asked as an operator asks them.

import { type ChildProcess, execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  directorSystem,
  directorsOf,
  type EngineType,
  type FleetPlan,
  fabricAddresses,
  routerAddress,
} from './plan.ts';

const run = promisify(execFile);

export type Engine = {
  readonly type: EngineType;
  /** What `anycast.engine.socket` of the director is. */
  readonly socket: string;
  /** Starts it, also again after its end. */
  readonly start: () => Promise<void>;
  readonly signal: (name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => Promise<void>;
  /** A command of its own that shows routes, and how a shell runs it. */
  readonly show: (command: string) => readonly string[];
};

type Start = (command: readonly string[]) => ChildProcess;

/** FRR runs as a user of its own. */
const giveToFrr = async (folder: string): Promise<void> => {
  await run('chown', ['-R', 'frr:frr', folder]);
};

const frrFolder = '/usr/lib/frr';

/**
 * @param folder its own, which other users may enter
 * @param start starts a process in its host
 */
export const createEngine = async (
  type: EngineType,
  folder: string,
  configuration: string,
  start: Start,
  hasBfd = false,
): Promise<Engine> => {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const file = join(folder, `${type}.conf`);
  await writeFile(file, configuration);
  if (type === 'frr') await giveToFrr(folder);
  const socket = type === 'bird' ? join(folder, 'bird.ctl') : folder;
  const daemon = (name: string): readonly string[] => [
    ...[
      join(frrFolder, name),
      '--vty_socket',
      folder,
      '-z',
      join(folder, 'zserv.api'),
      '-i',
      join(folder, `${name}.pid`),
    ],
    ...['-u', 'frr', '-g', 'frr', '-f', file, ...(name === 'bgpd' ? ['-p', '179'] : [])],
  ];
  const commands =
    type === 'bird'
      ? [['bird', '-f', '-c', file, '-s', socket, '-P', join(folder, 'bird.pid')]]
      : [daemon('zebra'), ...(hasBfd ? [daemon('bfdd')] : []), daemon('bgpd')];
  let children: ChildProcess[] = [];
  return {
    type,
    socket,
    start: async () => {
      children = commands.map((command) => start(command));
    },
    signal: async (name) => {
      const ended = children.map((child) => once(child, 'exit'));
      for (const { pid } of children) if (pid !== undefined) process.kill(-pid, name);
      if (name === 'SIGKILL') await Promise.all(ended);
    },
    show: (command) =>
      type === 'bird' ? ['birdc', '-s', socket, command] : ['vtysh', '--vty_socket', folder, '-c', command],
  };
};

/** The router: routes to the addresses by all directors that announce them, each equal. */
export const routerConfiguration = (plan: FleetPlan): string => {
  const neighbours = directorsOf(plan).map((name) => fabricAddresses(name)[0]);
  return plan.router === 'bird'
    ? `router id ${routerAddress};
protocol device { }
${plan.bfd ? 'protocol bfd { }\n' : ''}protocol kernel { ipv4 { import none; export all; }; merge paths on; }
protocol kernel { ipv6 { import none; export all; }; merge paths on; }
${neighbours
  .map(
    (address, index) => `protocol bgp lb${index} {
  local as 64500;
  neighbor ${address} as ${directorSystem};
  hold time ${plan.holdTime};${plan.bfd ? '\n  bfd;' : ''}
  connect delay time 1;
  connect retry time 1;
  error wait time 1, 2;
  ipv4 { import all; export none; };
  ipv6 { import all; export none; };
}
`,
  )
  .join('')}`
    : `frr defaults datacenter
route-map global permit 10
 set ipv6 next-hop prefer-global
exit
router bgp 64500
 bgp router-id ${routerAddress}
 no bgp ebgp-requires-policy
 bgp bestpath as-path multipath-relax
${neighbours
  .flatMap((address) => [
    ` neighbor ${address} remote-as ${directorSystem}`,
    ` neighbor ${address} timers ${Math.floor(plan.holdTime / 3)} ${plan.holdTime}`,
    ` neighbor ${address} timers connect 1`,
    ...(plan.bfd ? [` neighbor ${address} bfd`] : []),
  ])
  .join('\n')}
 address-family ipv4 unicast
  maximum-paths 64
 exit-address-family
 address-family ipv6 unicast
  maximum-paths 64
${neighbours.map((address) => `  neighbor ${address} activate\n  neighbor ${address} route-map global in`).join('\n')}
 exit-address-family
`;
};
