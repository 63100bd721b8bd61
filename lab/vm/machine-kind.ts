// The fastest kind of machine that runs here. A device or a program that is there may still hang or fail on this processor,
// so one short boot tells, and its answer is remembered.

import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MachineKind, startMachine } from './machine.ts';
import { cacheFolder, projectFolder } from './project.ts';
import { runSession } from './session.ts';
import { hasUserModeKernel } from './user-mode.ts';

/**
 * How long the trial may take, in milliseconds. A boot under KVM takes a second, or hangs; user-mode Linux takes three, more on
 * a busy machine, and what it cannot do it says at once.
 */
const patience = { kvm: 5000, uml: 60_000 } as const;

type Tried = keyof typeof patience;

const mayOpenKvm = (): boolean => {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

const boots = async (kind: Tried): Promise<boolean> => {
  const machine = startMachine({ kind, memoryMegabytes: 512, exchange: [] });
  const request = { command: ['true'], cwd: projectFolder, environment: { PATH: '/usr/bin:/bin' } };
  const timer = setTimeout(machine.kill, patience[kind]);
  const code = await runSession(machine.ports, request, { out: process.stdout, error: process.stderr });
  clearTimeout(timer);
  machine.kill();
  return code === 0;
};

/** Tries once for each start of the host (its boot id); the answer is kept beside the kernel. */
const runs = async (kind: Tried): Promise<boolean> => {
  const file = join(cacheFolder, `runs-${kind}`);
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const remember = (answer: boolean): void => {
    mkdirSync(cacheFolder, { recursive: true });
    writeFileSync(file, `${bootId} ${answer}\n`);
  };
  try {
    const [knownBoot, answer] = readFileSync(file, 'utf8').trim().split(' ');
    if (knownBoot === bootId) return answer === 'true';
  } catch {
    // Not tried yet.
  }
  // Remembered before the trial too, so that one which takes this process with it is not repeated.
  remember(false);
  const answer = await boots(kind);
  remember(answer);
  return answer;
};

/** Whether /dev/kvm can be used here. */
export const runsKvm = async (): Promise<boolean> => mayOpenKvm() && (await runs('kvm'));

export const chooseMachineKind = async (): Promise<MachineKind> => {
  if (await runsKvm()) return 'kvm';
  return hasUserModeKernel() && (await runs('uml')) ? 'uml' : 'tcg';
};
