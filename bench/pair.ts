// Two hosts on one cable, both with regent or both with keepalived, and a packet capture at the second host.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import { until } from '../test/netns/namespaces.ts';
import { closeHosts, type Host, openHosts, processesOf } from '../test/netns/vrrp/hosts.ts';
import { processorTime } from './usage.ts';

export const programs = ['regent', 'keepalived'] as const;
export type Program = (typeof programs)[number];

export type PairOptions = {
  readonly program: Program;
  /** Advertisement interval in milliseconds. */
  readonly interval: number;
  readonly routers: number;
  readonly realTime: boolean;
};

/** One packet on the cable; `at` in milliseconds of wall time. */
export type Packet =
  | {
      readonly type: 'advertisement';
      readonly at: number;
      readonly source: string;
      readonly id: number;
      readonly priority: number;
    }
  | { readonly type: 'gratuitous-arp'; readonly at: number; readonly address: string };

export type Pair = {
  readonly hosts: readonly [Host, Host];
  readonly packets: readonly Packet[];
  /** Starts the program on both hosts; resolves once the first is master of everything, and the second listens. */
  readonly start: () => Promise<void>;
  /** Ends everything on a host at once, like a power cut. */
  readonly kill: (host: Host) => void;
  /** Processor time of all processes of a host so far, in milliseconds. */
  readonly processorTime: (host: Host) => number;
  readonly close: () => Promise<void>;
};

const regent = fileURLToPath(new URL('../cli/regent.js', import.meta.url));
export const addressOf = (router: number): string => `192.168.55.${100 + router}`;
const firstId = 51;

const numbers = (count: number): number[] => [...Array(count).keys()];

const configureRegent = (host: Host, priority: number, { interval, routers }: PairOptions): string[] => {
  const path = join(host.directory, 'regent.yaml');
  const list = numbers(routers).map((router) => ({
    name: `vip${router}`,
    interface: 'enp0s9',
    virtual_router_id: firstId + router,
    priority,
    advertisement_interval: `${interval}ms`,
    addresses: [`${addressOf(router)}/32`],
  }));
  writeFileSync(path, dump({ director: host.directory.slice(-3), vrrp: { routers: list }, log: { format: 'json' } }));
  return [process.execPath, regent, 'run', '-c', path];
};

const configureKeepalived = (host: Host, priority: number, { interval, routers, realTime }: PairOptions): string[] => {
  const path = join(host.directory, 'keepalived.conf');
  const list = numbers(routers).map(
    (router) => `vrrp_instance vip${router} {
  state BACKUP
  interface enp0s9
  virtual_router_id ${firstId + router}
  priority ${priority}
  advert_int ${interval / 1000}
  virtual_ipaddress {
    ${addressOf(router)}/32 dev enp0s9
  }
}
`,
  );
  const scheduling = realTime ? '  vrrp_rt_priority 50\n  vrrp_no_swap\n' : '';
  writeFileSync(path, `global_defs {\n  vrrp_version 3\n${scheduling}}\n${list.join('')}`);
  const pids = ['-p', join(host.directory, 'main.pid'), '-r', join(host.directory, 'vrrp.pid')];
  return ['/usr/sbin/keepalived', '-n', '-l', '-P', '-f', path, ...pids];
};

/** Without CAP_SYS_NICE no process may schedule itself in real time. */
const withoutRealTime = ['setpriv', '--bounding-set', '-sys_nice', '--inh-caps', '-sys_nice'];

const commandOf = (host: Host, priority: number, options: PairOptions): string[] => {
  const configure = options.program === 'regent' ? configureRegent : configureKeepalived;
  const command = configure(host, priority, options);
  return options.realTime ? command : [...withoutRealTime, ...command];
};

const advertisement = /^([\d.]+) IP (\S+) > 224\.0\.0\.18: VRRPv3, Advertisement, vrid (\d+), prio (\d+)/;
const announcement = /^([\d.]+) ARP, (?:Request who-has (\S+) .*tell \2,|Reply (\S+) is-at)/;

const parsePacket = (line: string): Packet | undefined => {
  const advertised = advertisement.exec(line);
  if (advertised !== null) {
    const [, at, source = '', id, priority] = advertised;
    return { type: 'advertisement', at: Number(at) * 1000, source, id: Number(id), priority: Number(priority) };
  }
  const [, at, asked, replied] = announcement.exec(line) ?? [];
  const address = asked ?? replied;
  return address === undefined ? undefined : { type: 'gratuitous-arp', at: Number(at) * 1000, address };
};

const capture = async (host: Host, packets: Packet[]): Promise<ChildProcess> => {
  const tcpdump = [
    'tcpdump',
    '-i',
    'enp0s9',
    '-n',
    '-l',
    '-tt',
    '--immediate-mode',
    // The buffer reserves this size per frame: with 64 KiB it holds so few that a busy host loses some.
    '-s',
    '128',
    '-B',
    '16384',
    'ip proto 112 or arp',
  ];
  const child = spawn('ip', ['netns', 'exec', host.namespace.name, ...tcpdump], { stdio: ['ignore', 'pipe', 'pipe'] });
  if (child.stdout === null || child.stderr === null) throw new Error('unreachable');
  createInterface(child.stdout).on('line', (line) => {
    const packet = parsePacket(line);
    if (packet !== undefined) packets.push(packet);
  });
  await once(child.stderr, 'data');
  child.stderr.resume();
  return child;
};

export const openPair = async (options: PairOptions): Promise<Pair> => {
  const hosts = openHosts();
  const [master, backup] = hosts;
  const packets: Packet[] = [];
  const tcpdump = await capture(backup, packets);
  const isSteady = (): boolean => {
    const since = Date.now() - Math.max(500, 5 * options.interval);
    const recent = packets.filter((packet) => packet.type === 'advertisement' && packet.at > since);
    const sources = new Set(recent.map((packet) => (packet.type === 'advertisement' ? packet.source : '')));
    const ids = new Set(recent.map((packet) => (packet.type === 'advertisement' ? packet.id : 0)));
    return [...sources].join() === '192.168.55.11' && ids.size === options.routers;
  };
  return {
    hosts,
    packets,
    start: async () => {
      for (const [host, priority] of [
        [master, 150],
        [backup, 100],
      ] as const) {
        const [command = '', ...args] = commandOf(host, priority, options);
        host.start(command, ...args);
      }
      const began = Date.now();
      // keepalived starts in fault and checks again after a second.
      await until('the first host is master of everything', () => Date.now() - began > 4000 && isSteady(), 30_000);
      // On a busy host a director may take longer to start, and keepalived does not log which master it hears.
      const heard = (): number => backup.log().match(/the master is /g)?.length ?? 0;
      const listens = () => options.program === 'keepalived' || heard() >= options.routers;
      await until('the second host listens to it', listens, 30_000);
    },
    kill: (host) => {
      // All are stopped first, so that none reacts to the death of another, as parents and children of both programs do.
      const pids = processesOf(host.directory);
      for (const signal of ['SIGSTOP', 'SIGKILL'] as const) for (const pid of pids) process.kill(pid, signal);
    },
    processorTime: (host) => processorTime(processesOf(host.directory)),
    close: async () => {
      tcpdump.kill('SIGTERM');
      await closeHosts();
    },
  };
};
