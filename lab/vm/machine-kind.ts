// The fastest kind of machine that runs here. A device or a program that is there may still hang or fail on this processor,
// so one short boot tells, and its answer is remembered.

import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { findKernel } from './initramfs.ts';
import { type MachineKind, startMachine } from './machine.ts';
import { cacheFolder, projectFolder } from './project.ts';
import { runSession } from './session.ts';
import { tryOnce, type Verdict } from './trial.ts';
import { findUserModeKernel } from './user-mode.ts';

/**
 * How long the trial may take, in milliseconds. A boot under KVM takes a second, or hangs; user-mode Linux takes one, more on
 * a busy machine, and what it cannot do it says at once.
 */
const patience = { kvm: 5000, uml: 60_000 } as const;

type Tried = keyof typeof patience;

const names: Readonly<Record<MachineKind, string>> = {
  kvm: 'qemu with KVM',
  uml: 'user-mode Linux',
  tcg: 'qemu, which emulates the processor, several times slower',
};

const boot = async (kind: Tried): Promise<Verdict> => {
  const machine = startMachine({ kind, memoryMegabytes: 512, exchange: [] });
  const request = { command: ['true'], cwd: projectFolder, environment: { PATH: '/usr/bin:/bin' } };
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    machine.kill();
  }, patience[kind]);
  const code = await runSession(machine.ports, request, { out: process.stdout, error: process.stderr });
  clearTimeout(timer);
  machine.kill();
  if (code === 0) return {};
  // KVM hangs for good where it hangs; a program is only slow.
  if (isLate) return { reason: `does not boot within ${patience[kind] / 1000} s`, isPassing: kind === 'uml' };
  return { reason: `does not boot: ${machine.lastWords().trim().split('\n').at(-1) ?? ''}` };
};

/** The answer is kept beside the first kernel. A device may end the process that opens it; a program does not, but an interrupt does. */
const whyNot = (kind: Tried, kernel: string): Promise<string | undefined> =>
  tryOnce(join(cacheFolder, `tried-${kind}.json`), kernel, () => boot(kind), kind === 'kvm');

const whyNoKvm = async (): Promise<string | undefined> => {
  if (!existsSync('/dev/kvm')) return 'no /dev/kvm';
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return '/dev/kvm may not be opened';
  }
  const kernel = findKernel();
  if (kernel === undefined) return 'KVM lacks a kernel, which provision/setup.sh unpacks';
  const reason = await whyNot('kvm', kernel.image);
  return reason === undefined ? undefined : `KVM ${reason}`;
};

/** Whether /dev/kvm can be used here. */
export const runsKvm = async (): Promise<boolean> => (await whyNoKvm()) === undefined;

const whyNoUserMode = async (): Promise<string | undefined> => {
  const found = findUserModeKernel();
  if ('lacking' in found) return `no user-mode Linux: ${found.lacking}`;
  const reason = await whyNot('uml', found.image);
  return reason === undefined ? undefined : `user-mode Linux ${reason}`;
};

/** @param say prints one line: what is taken in place of something faster, and why */
export const chooseMachineKind = async (say: (line: string) => void): Promise<MachineKind> => {
  const take = (kind: MachineKind, ...reasons: readonly string[]): MachineKind => {
    say(`The small machine is ${names[kind]}: ${reasons.join('; ')}`);
    return kind;
  };
  const noKvm = await whyNoKvm();
  if (noKvm === undefined) return 'kvm';
  const noUserMode = await whyNoUserMode();
  if (noUserMode === undefined) return take('uml', noKvm);
  return take('tcg', noKvm, noUserMode);
};
