// What a process is allowed to do (capabilities(7)), and how a program is started that is allowed next to nothing.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const CAP_SETPCAP = 8n;
const CAP_NET_RAW = 13n;

/** The effective capabilities in the text of /proc/PID/status (proc(5)), a bit each. Pure. */
const parseEffective = (status: string): bigint => BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);

const has = (effective: bigint, capability: bigint): boolean => ((effective >> capability) & 1n) === 1n;

/** One that has ended may do nothing. */
const readEffective = (process: 'self' | number): bigint => {
  try {
    return parseEffective(readFileSync(`/proc/${process}/status`, 'utf8'));
  } catch {
    return 0n;
  }
};

/** Whether CAP_NET_RAW is among a process's effective capabilities; this one's where none is named. */
export const mayUseRawSockets = (process: 'self' | number = 'self'): boolean =>
  has(readEffective(process), CAP_NET_RAW);

/** How to start a program; `why` says what kept it from giving up its privileges. */
export type UnprivilegedCommand = {
  readonly command: readonly string[];
  readonly why?: string;
};

/**
 * Wraps a command so that it runs without capabilities, and can gain none by what it executes; raw sockets may be excepted.
 * Tries it first, as only the attempt tells.
 * @returns the command unchanged, with the reason, where setpriv(1) is missing or refuses.
 */
export const unprivilegedCommand = (command: readonly string[], keepsRawSockets: boolean): UnprivilegedCommand => {
  const raw = keepsRawSockets && mayUseRawSockets();
  const kept = raw ? '-all,+net_raw' : '-all';
  const wrapper = [
    '--no-new-privs',
    '--inh-caps',
    kept,
    '--ambient-caps',
    kept,
    // Root's programs are given what the bounding set holds; another user has nothing that it would have to take back.
    ...(has(readEffective('self'), CAP_SETPCAP) ? ['--bounding-set', kept] : []),
  ];
  const { status, error, stderr } = spawnSync('setpriv', [...wrapper, 'true'], { encoding: 'utf8' });
  if (status === 0) return { command: ['setpriv', ...wrapper, ...command] };
  return { command, why: error?.message ?? (stderr.trim() || `setpriv ended with ${status}`) };
};
