// Faults that this kernel cannot be asked for, such as EIO: laid over libc for a program and its children while a file exists.

import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../../../test/netns/faults.c', import.meta.url));

export type Fault =
  /** Writing below this folder fails with this error. */
  | { readonly errno: keyof typeof constants.errno; readonly below: string }
  /** The kernel seems to lack this family of generic netlink, whose name has four letters. */
  | { readonly family: string };

export type Faulty = {
  /** Begins a command line under which a program runs with the fault. */
  readonly prefix: readonly string[];
  readonly begin: () => void;
  readonly end: () => void;
};

/** @param folder for the library and the file */
export const prepareFault = (folder: string, fault: Fault): Faulty => {
  const [library, flag] = [join(folder, 'faults.so'), join(folder, 'fault')];
  execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
  const settings =
    'family' in fault
      ? [`FAULT_FAMILY=${fault.family}`]
      : [`FAULT_ERRNO=${constants.errno[fault.errno]}`, `FAULT_BELOW=${fault.below}`];
  return {
    prefix: ['env', `LD_PRELOAD=${library}`, `FAULT_WHILE=${flag}`, ...settings],
    begin: () => writeFileSync(flag, ''),
    end: () => rmSync(flag, { force: true }),
  };
};
