// Whether this kernel has IPVS, and what to say where it has not.

import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Whether IPVS is loaded, or built into the kernel. */
export const hasIpvs = (): boolean => existsSync('/proc/net/ip_vs');

const dryRun = ['--dry-run', '--quiet'];

/** Whether modprobe finds a module, or has it built in. Waits for modprobe, up to 50 ms. */
export const isLoadable = (module: string): boolean => spawnSync('modprobe', [...dryRun, module]).status === 0;

/** The same without waiting. Never rejects. */
export const askIfLoadable = (module: string): Promise<boolean> =>
  new Promise<boolean>((resolve) => {
    execFile('modprobe', [...dryRun, module], (error) => resolve(error === null));
    // execFile may throw, for example when memory is short.
  }).catch(() => false);

/** What follows `this host`. @param canLoad whether there is a module that could be loaded. Pure. */
export const describeNoIpvs = (canLoad: boolean): string => {
  const missing = 'has no IPVS: virtual services cannot be scheduled';
  return canLoad
    ? missing
    : `${missing}, and its kernel has no module ip_vs: boot a kernel that has it, such as Debian's`;
};
