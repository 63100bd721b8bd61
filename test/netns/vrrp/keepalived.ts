// A real keepalived on a host of the tests.

import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Host, hasEnded } from './hosts.ts';
import { keepalivedProgram, type Version } from './keepalived-versions.ts';

/** A virtual router as keepalived's configuration writes it. */
export type Instance = { readonly name: string; readonly priority: number; readonly lines: readonly string[] };

const configure = (host: Host, instances: readonly Instance[]): string => {
  const path = join(host.directory, 'keepalived.conf');
  const blocks = instances.map(
    ({ name, priority, lines }) =>
      `vrrp_instance ${name} {\n  priority ${priority}\n${lines.map((line) => `  ${line}\n`).join('')}}\n`,
  );
  // In real time, as a busy machine needs it, and with more than the 10 ms at a stretch after which the kernel would end it.
  writeFileSync(path, `global_defs {\n  vrrp_rt_priority 50\n  vrrp_rlimit_rttime 1000000\n}\n${blocks.join('')}`);
  return path;
};

export type Keepalived = {
  /** Signals both of its processes, or the one that reloads and stops the other. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** Whether both of its processes are gone, and another may start in their place. */
  readonly hasEnded: () => boolean;
  /** Writes another configuration and has it read. */
  readonly reload: (instances: readonly Instance[]) => void;
};

export const startKeepalived = (host: Host, instances: readonly Instance[], version: Version = '2.2'): Keepalived => {
  const path = configure(host, instances);
  const vrrpPid = join(host.directory, 'keepalived-vrrp.pid');
  // All are locked by the first that runs, also those of processes that it does not start: no other may have them.
  const others = ['-p', 'main', '-c', 'checkers', '-b', 'bfd'].map((word) =>
    word.startsWith('-') ? word : join(host.directory, `keepalived-${word}.pid`),
  );
  const pids = [...others, '-r', vrrpPid];
  const child: ChildProcess = host.start(keepalivedProgram(version), '-n', '-l', '-P', '-f', path, ...pids);
  return {
    signal: (name) => {
      if (name === 'SIGTERM') child.kill(name);
      else {
        const pids = [child.pid, Number(readFileSync(vrrpPid, 'utf8'))].filter((pid) => pid !== undefined);
        // All are stopped first: the one must not act on the death of the other, as it does by a farewell.
        for (const pid of pids) process.kill(pid, name === 'SIGCONT' ? name : 'SIGSTOP');
        if (name === 'SIGKILL') for (const pid of pids) process.kill(pid, name);
      }
    },
    hasEnded: () => hasEnded(child),
    reload: (next) => {
      configure(host, next);
      child.kill('SIGHUP');
    },
  };
};
