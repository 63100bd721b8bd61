// Runs one command in a virtual machine of its own, as if it ran here: same files, its output, its exit code.

import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { bootMilliseconds, startMachine } from './machine.ts';
import { chooseMachineKind } from './machine-kind.ts';
import { runSession } from './session.ts';
import { forwardSignals } from './signals.ts';

export type VmOptions = {
  /** Folders that the command may write, at the same path inside; made when missing. All else it writes is lost. */
  readonly exchange?: readonly string[];
  readonly memoryMegabytes?: number;
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly out?: Writable;
  readonly error?: Writable;
  /** Called with the kind of machine that is taken in place of a faster one, and why. */
  readonly say?: (line: string) => void;
  /** The longest boot, in milliseconds. */
  readonly patience?: number;
};

/**
 * Boots a small virtual machine whose kernel has IPVS, runs a command in it and ends it. The host's files are there at the
 * same paths, read through a layer that takes writes and forgets them; /tmp and /run are empty; the only interface is lo.
 * @returns the command's exit code; 128 + n when signal n ended this call
 * @throws when no kernel is there or the machine does not start; the message holds its last words
 */
export const runInVm = async (command: readonly string[], options: VmOptions = {}): Promise<number> => {
  const exchange = (options.exchange ?? []).map((folder) => resolve(folder));
  for (const folder of exchange) mkdirSync(folder, { recursive: true });
  const kind = await chooseMachineKind(options.say ?? (() => {}));
  const machine = startMachine({ kind, memoryMegabytes: options.memoryMegabytes ?? 2048, exchange });
  const signals = forwardSignals((name) => machine.ports.data.write(`signal ${name}\n`), machine.kill);
  const patience = options.patience ?? bootMilliseconds;
  let end = 'it ended early';
  const bootTimer = setTimeout(() => {
    end = `it did not boot within ${patience / 1000} s`;
    machine.kill();
  }, patience);
  try {
    const code = await runSession(
      machine.ports,
      {
        command,
        cwd: options.cwd ?? process.cwd(),
        environment: { ...process.env, ...options.environment, REGENT_VM: '1' },
      },
      {
        out: options.out ?? process.stdout,
        error: options.error ?? process.stderr,
        onReady: () => {
          clearTimeout(bootTimer);
          machine.removeFiles();
        },
      },
    );
    const known = code ?? signals.exitCode();
    if (known !== undefined) return known;
    throw new Error(`Cannot run ${command.join(' ')} in the virtual machine: ${end}\n${machine.lastWords()}`);
  } finally {
    clearTimeout(bootTimer);
    signals.stop();
    // What the command wrote is on the host, and nothing else is kept.
    machine.kill();
    await machine.ended;
  }
};
