// Examines this host as a whole: its privileges and its kernel modules.

import { existsSync, readFileSync } from 'node:fs';
import type { DirectorConfig } from '../config/model/model.ts';
import { describeNoIpvs, hasIpvs, isLoadable } from '../kernel/ipvs/modules.ts';
import { realTimeCommand } from '../kernel/system/scheduling.ts';
import type { Finding } from './finding.ts';

const capabilities = [
  { name: 'CAP_NET_ADMIN', bit: 12n, need: 'addresses, IPVS and settings cannot be changed' },
  { name: 'CAP_NET_RAW', bit: 13n, need: 'neither advertisements nor ARP can be sent' },
] as const;

/** Judges CapEff of /proc/self/status. Pure. */
export const judgeCapabilities = (status: string): Finding[] => {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return capabilities
    .filter(({ bit }) => ((effective >> bit) & 1n) === 0n)
    .map(({ name, need }) => ({
      code: 'capability-missing',
      severity: 'error',
      about: 'this host',
      message: `without ${name} ${need}: run as root, or by the systemd unit`,
      mend: 'sudo --shell',
    }));
};

export const examinePrivileges = (): Finding[] => {
  const { realTime, why } = realTimeCommand(['true'], 50);
  return [
    ...judgeCapabilities(readFileSync('/proc/self/status', 'utf8')),
    ...(realTime
      ? []
      : [
          {
            code: 'real-time-forbidden' as const,
            severity: 'warning' as const,
            about: 'this host',
            message: `forbids real-time scheduling (${why}): a busy host delays advertisements; raise the limit in a root shell, or set LimitRTPRIO=50 as the systemd unit does`,
            mend: 'prlimit --rtprio=50:50 --pid $$',
          },
        ]),
  ];
};

export type SeenModules = {
  /** Whether IPVS is available: loaded, or built into the kernel. */
  readonly hasIpvs: boolean;
  readonly isThere: (module: string) => boolean;
};

/** @param schedulers names of their modules. Pure. */
export const judgeModules = (schedulers: readonly string[], { hasIpvs, isThere }: SeenModules): Finding[] => {
  const about = 'this host';
  const canLoad = isThere('ip_vs');
  const message = describeNoIpvs(canLoad);
  if (!hasIpvs && canLoad) {
    const mend = `modprobe -a ip_vs ${schedulers.join(' ')}`;
    return [{ code: 'ipvs-not-loaded', severity: 'warning', about, message, mend }];
  }
  if (!hasIpvs) {
    const mend = 'apt-get install "linux-image-$(dpkg --print-architecture)" && reboot';
    return [{ code: 'ipvs-missing', severity: 'error', about, message, mend }];
  }
  return schedulers
    .filter((module) => !isThere(module))
    .map((module) => ({
      code: 'scheduler-missing',
      severity: 'error',
      about: `services with scheduler ${module.replace('ip_vs_', '')}`,
      message: `this kernel has no module ${module}: choose another scheduler, or boot a kernel that has it`,
      change: 'scheduler: wrr',
    }));
};

export const examineModules = ({ virtualServices }: DirectorConfig): Finding[] => {
  if (virtualServices.length === 0) return [];
  const loaded = existsSync('/proc/modules') ? readFileSync('/proc/modules', 'utf8') : '';
  return judgeModules([...new Set(virtualServices.map(({ scheduler }) => `ip_vs_${scheduler}`))], {
    hasIpvs: hasIpvs(),
    isThere: (module) => new RegExp(`^${module} `, 'm').test(loaded) || isLoadable(module),
  });
};
