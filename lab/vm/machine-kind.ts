// The fastest kind of machine that runs here. A device or a program that is there may still hang or fail on this processor,
// so one short boot tells, and its answer is remembered.

import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startMachine } from './machine.ts';
import { cacheFolder, projectFolder } from './project.ts';
import { runSession } from './session.ts';
import { hasUserModeKernel } from './user-mode.ts';

/** qemu with the processor's help, Linux as a program of this host (user-mode Linux), or qemu that emulates a processor. */
export type MachineKind = 'kvm' | 'uml' | 'tcg';

// A boot takes about a second; the emulation it competes with takes five and more.
const probeMilliseconds = 5000;

const mayOpenKvm = (): boolean => {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

const boots = async (kind: MachineKind): Promise<boolean> => {
  const machine = startMachine({ kind, memoryMegabytes: 512, exchange: [] });
  const request = { command: ['true'], cwd: projectFolder, environment: { PATH: '/usr/bin:/bin' } };
  const timer = setTimeout(machine.kill, probeMilliseconds);
  const code = await runSession(machine.ports, request, { out: process.stdout, error: process.stderr });
  clearTimeout(timer);
  machine.kill();
  return code === 0;
};

/** Tries once for each start of the host (its boot id); the answer is kept beside the kernel. */
const runs = async (kind: MachineKind): Promise<boolean> => {
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
