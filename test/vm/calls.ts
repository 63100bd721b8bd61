// Calls of the small machine's command line, and the processes that they leave on the host.

import { strict as assert } from 'node:assert';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const run = join(import.meta.dirname, '../../lab/vm/run.js');

export const start = (...words: string[]): ChildProcess =>
  spawn(process.execPath, [run, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });

type Ended = { readonly code: number | null; readonly out: Buffer; readonly error: string };

export const collect = async (child: ChildProcess): Promise<Ended> => {
  const out: Buffer[] = [];
  const error: Buffer[] = [];
  child.stdout?.on('data', (bytes: Buffer) => out.push(bytes));
  child.stderr?.on('data', (bytes: Buffer) => error.push(bytes));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out: Buffer.concat(out), error: Buffer.concat(error).toString() };
};

/** Resolves when the child has written something. */
export const said = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => child.stdout?.once('data', () => resolve()));

export type Process = {
  readonly pid: string;
  readonly parent: string;
  readonly session: string;
  readonly words: string;
};

export const processes = (): readonly Process[] =>
  readdirSync('/proc').flatMap((pid) => {
    try {
      const [, parent = '', , session = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return [{ pid, parent, session, words: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }];
    } catch {
      return [];
    }
  });

export const until = async (holds: () => boolean): Promise<void> => {
  const deadline = Date.now() + 20_000;
  while (!holds() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(holds());
};
