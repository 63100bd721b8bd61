// The lab's hosts as virtual machines started by Vagrant, reached by ssh.

import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Hosts, smallProgramFlags } from '../hosts.ts';
import {
  type DirectorName,
  directorNames,
  type HostName,
  hostNames,
  type NetworkName,
  type Profile,
} from '../topology.ts';
import type { BringUp } from './bring-up.ts';
import { createClock } from './clock.ts';
import { type Isolation, inside, startInside } from './isolation.ts';
import type { Vagrant } from './vagrant.ts';

/** Hosts that are virtual machines. */
export type Machines = Hosts & {
  readonly isolation: Isolation;
  readonly vagrant: Vagrant;
  readonly bringUp: BringUp;
  /** The host's own interface on a network, where all its frames pass. */
  readonly bridgeOf: (network: NetworkName) => string;
  /** Calls back for every line of a command in a machine; the command is restarted whenever it ends, also across boots. */
  readonly follow: (host: HostName, command: readonly string[], onLine: (line: string) => void) => void;
  /** Ends all followed commands. */
  readonly release: () => void;
};

const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** One ssh connection per machine for all commands: on an emulated processor each new one costs a second. */
const sharing = `Host *
  ControlMaster auto
  ControlPath /run/lab-%n
  ControlPersist yes
  BatchMode yes
  ConnectTimeout 40
  ServerAliveInterval 2
  ServerAliveCountMax 15
`;

/** ssh's exit code if it could not reach the machine, or lost it: a machine may be too busy for a while. */
const sshFailed = 255;
const attempts = 4;

const clientPlace = '/usr/local/lib/regent-lab/client.mjs';
const tryAgainAfter = 1000;
/** A table read longer ago, in milliseconds, is stale: the machine does not run. */
const staleAfter = 3000;

// Bash alone, without a process per round: it prints the machine's clock and, on a director, the table.
const watch = `exec 9<> <(:)
echo begin
while printf 'clock %s\\n' "$EPOCHREALTIME"; do
  if [ -e /proc/net/ip_vs ]; then mapfile -t lines </proc/net/ip_vs; printf 'ip_vs %s\\n' "\${lines[@]}"; echo 'ip_vs end'; fi
  read -r -t 0.2 -u 9
done`;

/** Writes a configuration of ssh that leads to the machines from inside. @returns its path. */
export const writeSshConfig = async (isolation: Isolation, vagrant: Vagrant): Promise<string> => {
  const file = join(isolation.folder, 'ssh_config');
  writeFileSync(file, sharing + (await vagrant('ssh-config')));
  return file;
};

/** Connects to machines that are up. @throws if one is not. */
export const reachMachines = async (
  isolation: Isolation,
  vagrant: Vagrant,
  bringUp: BringUp,
  profile: Profile,
): Promise<Machines> => {
  const sshConfig = await writeSshConfig(isolation, vagrant);
  const bridges = Object.fromEntries(
    (['55', '66'] as const).map((network) => {
      const [program = '', ...args] = inside(isolation, ['virsh', 'net-info', `regent-lab-${network}`]);
      return [network, /^Bridge:\s+(\S+)/m.exec(execFileSync(program, args, { encoding: 'utf8' }))?.[1] ?? ''];
    }),
  ) as Record<NetworkName, string>;

  const start: Hosts['start'] = (host, command, options) => {
    const variables = Object.entries(options?.env ?? {}).map(([name, value]) => `${name}=${value}`);
    const words = ['sudo', '-n', ...(variables.length > 0 ? ['env', ...variables] : []), ...command];
    const ssh = ['ssh', '-F', sshConfig, host, words.map(quote).join(' ')];
    const stdio = (options?.stdio ?? 'pipe') as 'pipe' | ('ignore' | 'pipe' | 'inherit')[];
    return startInside(isolation, ssh, { stdio: stdio === 'pipe' ? ['pipe', 'pipe', 'pipe'] : stdio });
  };
  const run = async (host: HostName, command: readonly string[], input = '', attempt = 1): Promise<string> => {
    const child = start(host, command, { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin?.on('error', () => {}).end(input);
    let [output, errors] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      errors += chunk;
    });
    const [code] = await once(child, 'close');
    if (code === sshFailed && attempt < attempts) {
      await sleep(tryAgainAfter);
      return await run(host, command, input, attempt + 1);
    }
    if (code !== 0) throw new Error(`${command.join(' ')} on ${host} ended with ${code}: ${errors.trim()}`);
    return output;
  };

  let isReleased = false;
  const following = new Set<ChildProcess>();
  const follow: Machines['follow'] = async (host, command, onLine) => {
    while (!isReleased) {
      const child = start(host, command, { stdio: ['ignore', 'pipe', 'ignore'] });
      following.add(child);
      if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', onLine);
      await once(child, 'close');
      following.delete(child);
      await sleep(tryAgainAfter);
    }
  };

  const clocks = Object.fromEntries(hostNames.map((name) => [name, createClock()])) as Record<
    HostName,
    ReturnType<typeof createClock>
  >;
  const tables = new Map<DirectorName, { readonly text: string; readonly read: number }>();
  const watchMachine = (host: HostName) => {
    let lines: string[] = [];
    follow(host, ['bash', '-c', watch], (line) => {
      const rest = line.slice(line.indexOf(' ') + 1);
      if (line === 'begin') clocks[host].forget();
      else if (line.startsWith('clock ')) clocks[host].add(Number(rest) * 1000, Date.now());
      else if (rest !== 'end') lines.push(rest);
      else {
        tables.set(host as DirectorName, { text: lines.join('\n'), read: Date.now() });
        lines = [];
      }
    });
  };

  const client = fileURLToPath(new URL('../client.js', import.meta.url));
  const place = `mkdir -p ${quote(join(clientPlace, '..'))} && cat >${quote(clientPlace)}`;
  await run('cl0', ['sh', '-c', place], readFileSync(client, 'utf8'));
  for (const host of [...directorNames, 'cl0'] as const) watchMachine(host);

  return {
    isolation,
    vagrant,
    bringUp,
    profile,
    hasUplink: true,
    bridgeOf: (network) => bridges[network],
    run: (host, command) => run(host, command),
    start,
    program: () => ['/usr/local/bin/node', ...smallProgramFlags, clientPlace],
    listen: (network, command) =>
      startInside(isolation, command(bridges[network]), { stdio: ['ignore', 'pipe', 'pipe'] }),
    readProcNet: (director) => {
      const table = tables.get(director);
      return table !== undefined && Date.now() - table.read < staleAfter ? table.text : '';
    },
    clockAhead: (host) => clocks[host].ahead(),
    follow,
    release: () => {
      isReleased = true;
      for (const child of following) child.kill('SIGKILL');
    },
  };
};
