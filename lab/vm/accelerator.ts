// Whether /dev/kvm can be used here: where it exists it may still hang, so one short boot tells, and its answer is remembered.

import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startMachine } from './machine.ts';
import { cacheFolder, projectFolder } from './project.ts';
import type { Accelerator } from './qemu.ts';
import { runSession } from './session.ts';

// A boot under KVM takes about a second; the emulation it competes with takes five.
const probeMilliseconds = 5000;

const mayOpenKvm = (): boolean => {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
};

const bootsWithKvm = async (): Promise<boolean> => {
  const machine = startMachine({ accelerator: 'kvm', memoryMegabytes: 512, exchange: [] });
  const request = { command: ['true'], cwd: projectFolder, environment: { PATH: '/usr/bin:/bin' } };
  const timer = setTimeout(machine.kill, probeMilliseconds);
  const code = await runSession(machine.ports, request, { out: process.stdout, error: process.stderr });
  clearTimeout(timer);
  machine.kill();
  return code === 0;
};

/** Chooses once for each start of the host (its boot id); the answer is kept beside the kernel. */
export const chooseAccelerator = async (): Promise<Accelerator> => {
  if (!mayOpenKvm()) return 'tcg';
  const file = join(cacheFolder, 'accelerator');
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const remember = (accelerator: Accelerator): void => {
    mkdirSync(cacheFolder, { recursive: true });
    writeFileSync(file, `${bootId} ${accelerator}\n`);
  };
  try {
    const [knownBoot, known] = readFileSync(file, 'utf8').trim().split(' ');
    if (knownBoot === bootId && (known === 'kvm' || known === 'tcg')) return known;
  } catch {
    // Not chosen yet.
  }
  // Remembered before the probe too, so that one which takes this process with it is not repeated.
  remember('tcg');
  const accelerator = (await bootsWithKvm()) ? 'kvm' : 'tcg';
  remember(accelerator);
  return accelerator;
};
