// Delivers a notification to a script: configured arguments, fields in the environment, its process group killed at the timeout.

import { harmlessText } from '../../base/harmless-text.ts';
import { endGroup, type StartGroup } from '../../base/process-group.ts';
import { whyUntrusted } from '../../base/script-trust.ts';
import { explainStartFailure } from '../../base/start-failure.ts';
import { environmentOf } from './notification.ts';
import type { Delivery } from './queue.ts';

/** @param timeout in milliseconds. */
export const scriptDelivery =
  (startGroup: StartGroup, command: readonly string[], timeout: number): Delivery =>
  async (notification) => {
    const [program = ''] = command;
    const distrust = whyUntrusted(command);
    if (distrust !== undefined) throw new Error(`${program} is not run: ${distrust}`);
    await new Promise<void>((resolve, reject) => {
      const child = startGroup(command, environmentOf(notification));
      child.stdout.resume();
      let words = '';
      let isOverdue = false;
      const limit = setTimeout(() => {
        isOverdue = true;
        endGroup(child);
      }, timeout);
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        words = (words + chunk).slice(-200);
      });
      child.once('error', (error) => reject(new Error(explainStartFailure(program, error))));
      child.once('close', (code, signal) => {
        clearTimeout(limit);
        if (code === 0) resolve();
        else if (isOverdue) reject(new Error(`${program} was killed after ${timeout} ms`));
        else
          reject(
            new Error(
              `${program} ended with ${signal ?? code}${words === '' ? '' : `: ${harmlessText(words.trim())}`}`,
            ),
          );
      });
    });
  };
