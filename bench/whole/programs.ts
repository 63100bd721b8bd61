// A whole director, regent's or keepalived's, with the same services, checks and router; and the cost of its processes.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import { programFile } from '../../base/installed-programs.ts';
import { ended, processesOf, signal } from '../../test/netns/vrrp/hosts.ts';
import type { Program } from '../pair.ts';
import { memory, processorTime } from '../usage.ts';
import { type RealServer, realServers, type Scene, serversPerService, serviceAddress, weight } from './scene.ts';

export type Settings = {
  readonly servers: number;
  /** Number of servers, from the first, with another weight. */
  readonly changed: number;
  /** The interface and priority of the one router. */
  readonly interface: string;
  readonly priority: number;
};

export type Usage = { readonly processor: number; readonly memory: number };

export type Director = {
  /** Applies a changed configuration; returns when the command for it has returned. */
  readonly reload: (settings: Settings) => void;
  /** Processor time in milliseconds so far, by process. */
  readonly processorTime: () => ReadonlyMap<string, number>;
  /** Memory in MiB, by process. */
  readonly memory: () => ReadonlyMap<string, number>;
  /** Runs `regent` as an operator would. */
  readonly regent: (...args: string[]) => string;
  readonly socket: string;
  readonly log: () => string;
  readonly hasEnded: () => boolean;
  /** Ends everything at once, like a power cut. */
  readonly kill: () => void;
  readonly close: () => Promise<void>;
};

export const virtualAddress = '10.55.0.100';
const checkEvery = 5;
const checkTimeout = 2;
const regent = fileURLToPath(new URL('../../cli/regent.js', import.meta.url));

const weightOf = (index: number, changed: number): number => (index < changed ? weight / 2 : weight);

const services = ({
  servers,
  changed,
}: Settings): { address: string; servers: (RealServer & { weight: number })[] }[] => {
  const all = realServers(servers).map((server, index) => ({ ...server, weight: weightOf(index, changed) }));
  return Array.from({ length: Math.ceil(servers / serversPerService) }, (_, index) => ({
    address: serviceAddress(index),
    servers: all.slice(index * serversPerService, (index + 1) * serversPerService),
  }));
};

const regentYaml = (settings: Settings): string =>
  dump({
    director: 'lb0',
    vrrp: {
      routers: [
        {
          name: 'vip',
          interface: settings.interface,
          virtual_router_id: 51,
          priority: settings.priority,
          addresses: [`${virtualAddress}/32`],
        },
      ],
    },
    virtual_services: services(settings).map(({ address, servers }, index) => ({
      name: `s${index}`,
      address: `${address}:80`,
      check: { type: 'tcp', interval: `${checkEvery}s`, timeout: `${checkTimeout}s`, rise: 1, fall: 1 },
      real_servers: servers.map(({ address: server, port, weight: own }) => ({
        address: `${server}:${port}`,
        weight: own,
      })),
    })),
    log: { format: 'json' },
  });

const keepalivedConf = (settings: Settings): string => {
  const server = (one: RealServer & { weight: number }): string => `  real_server ${one.address} ${one.port} {
    weight ${one.weight}
    TCP_CHECK {
      connect_timeout ${checkTimeout}
      retry 0
    }
  }
`;
  // alpha: a server takes connections only from its first success on, as regent's do.
  const service = ({ address, servers }: ReturnType<typeof services>[number]): string => `virtual_server ${address} 80 {
  delay_loop ${checkEvery}
  lvs_sched wrr
  lvs_method NAT
  protocol TCP
  alpha
${servers.map(server).join('')}}
`;
  return `global_defs {
  vrrp_version 3
}
vrrp_instance vip {
  state BACKUP
  interface ${settings.interface}
  virtual_router_id 51
  priority ${settings.priority}
  advert_int 1
  virtual_ipaddress {
    ${virtualAddress}/32 dev ${settings.interface}
  }
}
${services(settings).map(service).join('')}`;
};

const nameOf = (pid: number): string => {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    if (words.includes(regent)) return 'controller';
    const name = (['vrrp', 'healthcheck'] as const).find((program) => words.includes(programFile(program)));
    return name ?? `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} ${pid}`;
  } catch {
    return '';
  }
};

export const startDirector = (program: Program, scene: Scene, settings: Settings): Director => {
  const directory = mkdtempSync(join(tmpdir(), 'regent-bench-director-'));
  const isRegent = program === 'regent';
  const file = join(directory, isRegent ? 'regent.yaml' : 'keepalived.conf');
  const [logPath, state] = [join(directory, 'log'), join(directory, 'state')];
  const configure = (wanted: Settings): void =>
    writeFileSync(file, isRegent ? regentYaml(wanted) : keepalivedConf(wanted));
  mkdirSync(state);
  configure(settings);
  const pids = ['-p', 'main.pid', '-r', 'vrrp.pid', '-c', 'checkers.pid'].map((word, index) =>
    index % 2 === 0 ? word : join(directory, word),
  );
  const command = isRegent
    ? [process.execPath, regent, 'run', '-c', file]
    : ['/usr/sbin/keepalived', '-n', '-l', '-f', file, ...pids];
  const env = { ...process.env, RUNTIME_DIRECTORY: directory, STATE_DIRECTORY: state };
  const output = openSync(logPath, 'a');
  const child: ChildProcess = spawn('ip', ['netns', 'exec', scene.namespace.name, ...command], {
    stdio: ['ignore', output, output],
    env,
  });
  closeSync(output);
  const runRegent = (...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [regent, ...args], {
      env,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (status !== 0) throw new Error(`regent ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const each = (measure: (pids: readonly number[]) => number): ReadonlyMap<string, number> =>
    new Map(processesOf(directory).map((pid) => [nameOf(pid), measure([pid])]));
  const kill = (): void => {
    // All in one moment: a process whose parent has died would send the farewell.
    for (const name of ['SIGSTOP', 'SIGKILL'] as const) for (const pid of processesOf(directory)) signal(pid, name);
  };
  return {
    reload: (wanted) => {
      configure(wanted);
      if (isRegent) runRegent('reload');
      else child.kill('SIGHUP');
    },
    processorTime: () => each(processorTime),
    memory: () => each(memory),
    regent: runRegent,
    socket: join(directory, 'control.sock'),
    log: () => readFileSync(logPath, 'utf8'),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    kill,
    close: async () => {
      child.kill('SIGTERM');
      await ended(child, 60_000).catch(() => null);
      kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};
