// Delivers a notification to a script: arguments as configured, the facts in its environment, its process group killed in time.

import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { environmentOf } from './notification.ts';
import type { Delivery } from './queue.ts';

/**
 * Whoever can write a script that root runs is root: it and the folders above it belong to root alone.
 * @throws Error in words.
 */
export const assertTrusted = async (path: string): Promise<void> => {
  await access(path, constants.X_OK).catch(() => {
    throw new Error(`${path} is missing or not executable`);
  });
  for (let place = path; ; place = dirname(place)) {
    const { uid, mode } = await stat(place);
    // A sticky folder such as /tmp lets nobody replace what belongs to another, but anybody could have made it first.
    if (uid !== 0) throw new Error(`${place} does not belong to root, so ${path} is not run`);
    if ((mode & 0o022) !== 0) throw new Error(`${place} is writable by others than root, so ${path} is not run`);
    if (place === dirname(place)) return;
  }
};

const endGroup = (pid: number | undefined): void => {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
};

/** @param timeout in milliseconds. */
export const scriptDelivery =
  (command: readonly string[], timeout: number): Delivery =>
  async (notification) => {
    const [program = '', ...args] = command;
    await assertTrusted(program);
    await new Promise<void>((resolve, reject) => {
      const child = spawn(program, args, {
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...environmentOf(notification) },
      });
      let words = '';
      let isOverdue = false;
      const limit = setTimeout(() => {
        isOverdue = true;
        endGroup(child.pid);
      }, timeout);
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        words = (words + chunk).slice(-200);
      });
      child.once('error', reject);
      child.once('close', (code, signal) => {
        clearTimeout(limit);
        if (code === 0) resolve();
        else if (isOverdue) reject(new Error(`${program} was killed after ${timeout} ms`));
        else reject(new Error(`${program} ended with ${signal ?? code}${words === '' ? '' : `: ${words.trim()}`}`));
      });
    });
  };
