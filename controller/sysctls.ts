// The sysctls that a director needs, each with its reason; they are put back at the end.

import type { DirectorConfig } from '../config/model.ts';
import { restoreSysctl, type SysctlChange, setSysctl } from '../kernel/sysctl.ts';
import type { Log } from './log.ts';

const wantedSysctls = (config: DirectorConfig): (readonly [string, number, string])[] => {
  const hasServices = config.virtualServices.length > 0;
  const hasSnat = config.virtualServices.some(({ snat }) => snat);
  return [
    ...(hasServices
      ? [
          ['net.ipv4.ip_forward', 1, 'masquerading forwards packets between the networks'] as const,
          ['net.ipv4.vs.expire_nodest_conn', 1, 'clients of a removed server are told at once'] as const,
        ]
      : []),
    ...(hasSnat ? [['net.ipv4.vs.conntrack', 1, 'snat needs conntrack to know of IPVS connections'] as const] : []),
  ];
};

/** Sets what the configuration needs. @returns how to put it back. */
export const applySysctls = (config: DirectorConfig, log: Log): (() => void) => {
  const changes = wantedSysctls(config).flatMap(([name, value, reason]): SysctlChange[] => {
    try {
      const change = setSysctl(name, value, reason);
      if (change === undefined) return [];
      log('info', { process: 'director', subject: name }, `${change.before} -> ${change.after}: ${reason}`);
      return [change];
    } catch (error) {
      log('error', { process: 'director', subject: name }, error instanceof Error ? error.message : String(error));
      return [];
    }
  });
  return () => {
    for (const change of changes) restoreSysctl(change);
  };
};
