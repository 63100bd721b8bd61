// A real keepalived on a host of the tests.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, virtualAddress } from './hosts.ts';

const program = '/usr/sbin/keepalived';

export type KeepalivedSettings = {
  readonly version: 2 | 3;
  readonly priority: number;
  /** Advertisement interval in milliseconds. */
  readonly interval: number;
  readonly address?: string;
  /** Further lines of the instance. */
  readonly lines?: readonly string[];
};

const configure = (host: Host, { version, priority, interval, address, lines = [] }: KeepalivedSettings): string => {
  const path = join(host.directory, 'keepalived.conf');
  writeFileSync(
    path,
    `global_defs {
  vrrp_version ${version}
}
vrrp_instance vip {
  state BACKUP
  interface enp0s9
  virtual_router_id 51
  priority ${priority}
  advert_int ${interval / 1000}
  ${lines.join('\n  ')}
  virtual_ipaddress {
    ${address ?? virtualAddress} dev enp0s9
  }
}
`,
  );
  return path;
};

export type Keepalived = {
  /** Signals both of its processes, or the one that reloads and stops the other. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** Writes other settings and has them read. */
  readonly reload: (settings: KeepalivedSettings) => void;
};

export const startKeepalived = (host: Host, settings: KeepalivedSettings): Keepalived => {
  assert.ok(existsSync(program), `${program} is missing: npm run setup installs it`);
  const path = configure(host, settings);
  const vrrpPid = join(host.directory, 'keepalived-vrrp.pid');
  const pids = ['-p', join(host.directory, 'keepalived.pid'), '-r', vrrpPid];
  const child: ChildProcess = host.start(program, '-n', '-l', '-P', '-f', path, ...pids);
  return {
    signal: (name) => {
      const whole = name === 'SIGKILL' || name === 'SIGSTOP' || name === 'SIGCONT';
      const targets = whole ? [child.pid, Number(readFileSync(vrrpPid, 'utf8'))] : [child.pid];
      for (const pid of targets) if (pid !== undefined) process.kill(pid, name);
    },
    reload: (next) => {
      configure(host, next);
      child.kill('SIGHUP');
    },
  };
};
