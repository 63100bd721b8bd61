// Fuzzes all parsers in turn until each has had its minutes of the processor, over several runs of the program: the least fuzzed
// is next, in a process of its own, which an input that does not end takes away alone.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { readTotal } from './state.ts';

export type Campaign = {
  readonly names: readonly string[];
  readonly minutes: number;
  /** How many processes at once. */
  readonly jobs: number;
  readonly state: string;
  /** The program for one parser; another in tests. */
  readonly program?: string;
  /** Of one parser at a time. */
  readonly sliceSeconds?: number;
};

const ownProgram = fileURLToPath(new URL('./main.js', import.meta.url));

const sayTotals = ({ names, minutes, state }: Campaign): void => {
  for (const name of names) {
    const { inputs, seconds, processorSeconds } = readTotal(state, name);
    const [busy, wall] = [processorSeconds, seconds].map((span) => (span / 60).toFixed(1));
    console.log(`${name.padEnd(14)} ${busy} of ${minutes} min of the processor, ${wall} min in all, ${inputs} inputs`);
  }
};

/** @returns the parsers that have a fault. */
export const runCampaign = async (campaign: Campaign): Promise<readonly string[]> => {
  const { names, minutes, jobs, state, program = ownProgram, sliceSeconds = 60 } = campaign;
  const faulty = new Set<string>();
  const running = new Map<string, ChildProcess>();
  const spent = (name: string): number => readTotal(state, name).processorSeconds;
  const seconds = String(Math.min(sliceSeconds, minutes * 60));
  let isEnding = false;
  const end = (): void => {
    isEnding = true;
    for (const child of running.values()) child.kill('SIGTERM');
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);

  const next = (): string | undefined =>
    isEnding
      ? undefined
      : names
          .filter((name) => !faulty.has(name) && !running.has(name) && spent(name) < minutes * 60)
          .sort((one, other) => spent(one) - spent(other))[0];
  const work = async (): Promise<void> => {
    for (let name = next(); name !== undefined; name = next()) {
      const before = readTotal(state, name).inputs;
      const child = spawn(process.execPath, [program, name, '--seconds', seconds, '--state', state], {
        stdio: 'inherit',
      });
      running.set(name, child);
      const [code] = await once(child, 'close');
      running.delete(name);
      // Without progress it would be tried for ever.
      if (!isEnding && (code !== 0 || readTotal(state, name).inputs === before)) faulty.add(name);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, end);
  sayTotals(campaign);
  return [...faulty];
};
