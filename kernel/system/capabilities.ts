// The capabilities of a process (capabilities(7)), and how to start a program with almost none.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const CAP_SETPCAP = 8n;
const CAP_NET_RAW = 13n;

/** The effective capabilities in the text of /proc/PID/status (proc(5)), as a bit mask. Pure. */
const parseEffective = (status: string): bigint => BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);

const has = (effective: bigint, capability: bigint): boolean => ((effective >> capability) & 1n) === 1n;

/** An ended process has none. */
const readEffective = (process: 'self' | number): bigint => {
  try {
    return parseEffective(readFileSync(`/proc/${process}/status`, 'utf8'));
  } catch {
    return 0n;
  }
};

/** Whether a process has CAP_NET_RAW among its effective capabilities; by default this process. */
export const mayUseRawSockets = (process: 'self' | number = 'self'): boolean =>
  has(readEffective(process), CAP_NET_RAW);

/** Whether this process may do more than an ordinary user, raw sockets excepted. */
export const isPrivileged = (): boolean => (readEffective('self') & ~(1n << CAP_NET_RAW)) !== 0n;

const shortages: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM']);

/** How to start a program; `why` is the reason that it keeps its privileges. */
export type UnprivilegedCommand = {
  readonly command: readonly string[];
  readonly why?: string;
};

/**
 * Wraps a command so that it runs without capabilities, and cannot gain any by exec; raw sockets may be excepted. Only an attempt
 * shows whether that works, so it is tried first.
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
    // Root's programs get the bounding set's capabilities on exec; another user's get none, so its bounding set may stay.
    ...(has(readEffective('self'), CAP_SETPCAP) ? ['--bounding-set', kept] : []),
  ];
  const { status, error, stderr } = spawnSync('setpriv', [...wrapper, 'true'], { encoding: 'utf8' });
  // A host that is short of something cannot start the program either; it must not start with privileges a moment later.
  const isShort = error !== undefined && shortages.has((error as NodeJS.ErrnoException).code ?? '');
  if (status === 0 || isShort) return { command: ['setpriv', ...wrapper, ...command] };
  return { command, why: error?.message ?? (stderr.trim() || `setpriv ended with ${status}`) };
};
