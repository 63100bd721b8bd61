// Whether this host's own kernel can do IPVS, or a virtual machine must.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const isLoaded = (): boolean => existsSync('/proc/net/ip_vs');

/** Loads ip_vs where that is possible (root). Takes some milliseconds. @returns whether it is there */
export const hasIpvs = (): boolean => {
  if (isLoaded()) return true;
  spawnSync('modprobe', ['-q', 'ip_vs'], { stdio: 'ignore' });
  if (isLoaded()) return true;
  // In a container without /lib/modules the kernel may still load it by itself, when its generic netlink family is asked for.
  spawnSync('ipvsadm', ['-L', '-n'], { stdio: 'ignore' });
  return isLoaded();
};
