// Commands on another host by ssh, as root there.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Clock } from '../run/target.ts';

export const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

const flags = [
  'BatchMode=yes',
  'ConnectTimeout=20',
  'ServerAliveInterval=5',
  'ServerAliveCountMax=12',
  'ControlPath=none',
].flatMap((flag) => ['-o', flag]);

/** Starts a script of bash as root on a host; its standard input stays open. */
export type Reach = (host: string, script: string) => ChildProcess;

/** What a login shell is given, so that bash runs a script as root. */
export const asRoot = (script: string): string =>
  `if [ "$(id -u)" = 0 ]; then exec bash -c ${quote(script)}; else exec sudo -n bash -c ${quote(script)}; fi`;

/** By the user's own configuration of ssh. A host that begins with a dash would be an option. */
export const bySsh: Reach = (host, script) =>
  spawn('ssh', [...flags, '--', host, asRoot(script)], { stdio: ['pipe', 'pipe', 'pipe'], detached: true });

/** Runs a script and waits. @returns its standard output. @throws if it fails. */
export const runRemote = async (reach: Reach, host: string, script: string): Promise<string> => {
  const child = reach(host, `set -e\n${script}`);
  let [output, errors] = ['', ''];
  child.stdin?.on('error', () => {}).end();
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0)
    throw new Error(`${script.split('\n')[0]} on ${host} ended with ${code}: ${errors.trim() || output.trim()}`);
  return output;
};

/** Estimates how far a host's clock is ahead: the quickest of some questions; its error is half of the way there and back. */
export const compareClock = async (reach: Reach, host: string): Promise<Clock> => {
  const child = reach(host, 'while read -r _; do echo "$EPOCHREALTIME"; done');
  child.on('error', () => {});
  // ssh may end before the first question is written.
  child.stdin?.on('error', () => {});
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  let best = { ahead: 0, error: Number.POSITIVE_INFINITY };
  try {
    for (let question = 0; question < 7; question += 1) {
      const asked = performance.timeOrigin + performance.now();
      child.stdin?.write('\n');
      if (child.stdout === null) break;
      const [answer]: unknown[] = await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
      // A number is the exit code.
      if (!Buffer.isBuffer(answer)) break;
      const now = performance.timeOrigin + performance.now();
      const theirs = Number(String(answer).replace(',', '.')) * 1000;
      const error = (now - asked) / 2;
      if (Number.isFinite(theirs) && theirs > 0 && error < best.error)
        best = { ahead: theirs - (asked + now) / 2, error };
    }
  } finally {
    child.stdin?.end();
  }
  const why = errors.trim() === '' ? '' : `: ${errors.trim()}`;
  if (!Number.isFinite(best.error)) throw new Error(`ssh does not reach ${host}${why}`);
  return best;
};
