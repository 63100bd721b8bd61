// The healthcheck process in a namespace: spawned, configured through its socket, and heard.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programFile } from '../../../base/installed-programs.ts';
import type { Channel } from '../../../channel/channel.ts';
import { connectChannel } from '../../../channel/connect.ts';
import type { FromHealthcheck, Target, ToHealthcheck } from '../../../healthcheck/messages.ts';
import { type Namespace, until } from '../namespaces.ts';

const program = programFile('healthcheck');

type Verdict = Extract<FromHealthcheck, { readonly type: 'verdict' }>;

export type RunningProcess = {
  readonly pid: number | undefined;
  readonly heard: readonly FromHealthcheck[];
  readonly configure: (targets: readonly Target[]) => void;
  /** The latest verdict on a target. */
  readonly verdictOn: (target: string) => Verdict | undefined;
  /** What the latest probe of a target failed by. */
  readonly errorOf: (target: string) => string | undefined;
  readonly isAlive: () => boolean;
  readonly close: () => void;
};

/** @param wrapper what starts the process, for its privileges. */
export const startProcess = async (namespace: Namespace, wrapper: readonly string[] = []): Promise<RunningProcess> => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-process-'));
  const path = join(folder, 'healthcheck.sock');
  const child: ChildProcess = spawn(
    'ip',
    ['netns', 'exec', namespace.name, ...wrapper, process.execPath, program, path],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const heard: FromHealthcheck[] = [];
  const channel = await new Promise<Channel<ToHealthcheck>>((resolve) => {
    const made = connectChannel<FromHealthcheck, ToHealthcheck>(path, {
      onConnect: () => resolve(made),
      onMessage: (message) => heard.push(message),
    });
  });
  return {
    pid: child.pid,
    heard,
    configure: (targets) => channel.send({ type: 'configure', targets }),
    verdictOn: (target) => heard.findLast((one): one is Verdict => one.type === 'verdict' && one.target === target),
    errorOf: (target) =>
      heard.flatMap((one) => (one.type === 'probes' ? one.results : [])).findLast((result) => result.target === target)
        ?.error,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    close: () => {
      channel.close();
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    },
  };
};

/** Waits until every one of the targets was probed. */
export const untilProbed = async (process: RunningProcess, targets: readonly Target[]): Promise<void> => {
  const isProbed = ({ id }: Target): boolean =>
    process.heard.some((one) => one.type === 'probes' && one.results.some(({ target }) => target === id));
  await until('every target is probed', () => targets.every(isProbed), 20_000);
  assert.ok(process.isAlive());
};
