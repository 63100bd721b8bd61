// Examines the kernel settings that a configuration needs, which a director makes at its start. Judged purely.

import type { DirectorConfig } from '../config/model/model.ts';
import { interfaceSysctls, type WantedSysctl, wantedSysctls } from '../controller/sysctls.ts';
import type { Finding } from './finding.ts';

export type SeenSettings = {
  /** Undefined if the kernel has none of that name. */
  readonly setting: (name: string) => string | undefined;
  readonly isWritable: (name: string) => boolean;
};

/** Without these no packet is forwarded; the others make a failover or a drain smoother. */
const forwarding: ReadonlySet<string> = new Set(['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']);

const assign = ({ name, value }: WantedSysctl): string => `${name}=${value.includes(' ') ? `'${value}'` : value}`;

const judgeForwarding = (wanted: readonly WantedSysctl[]): Finding[] =>
  wanted.map((one) => ({
    code: 'not-forwarding',
    severity: 'warning',
    about: 'this host',
    message: `does not forward ${one.name.includes('ipv6') ? 'IPv6' : 'IPv4'}, so masqueraded replies are dropped here (regent run sets this at its start)`,
    mend: `sysctl -w ${assign(one)}`,
  }));

export const judgeSettings = (config: DirectorConfig, { setting, isWritable }: SeenSettings): Finding[] => {
  const isWrong = ({ name, value }: WantedSysctl): boolean => {
    const found = setting(name);
    return found !== undefined && found !== value;
  };
  const wrong = wantedSysctls(config).filter(isWrong);
  const fixed = wrong.filter(({ name }) => !isWritable(name));
  const [first] = fixed;
  if (first !== undefined) {
    return [
      {
        code: 'settings-locked',
        severity: 'error',
        about: 'this host',
        message: `does not allow setting ${fixed.map(({ name }) => name).join(', ')}, as in a container with read-only /proc/sys: set them from outside`,
        mend: `sysctl -w ${fixed.map(assign).join(' ')}`,
        on: "the container's host, in its network namespace (nsenter --net --target PID)",
      },
    ];
  }
  // Interface settings are made over netlink, even with a read-only /proc/sys.
  const others = [...interfaceSysctls(config).filter(isWrong), ...wrong.filter(({ name }) => !forwarding.has(name))];
  return [
    ...judgeForwarding(wrong.filter(({ name }) => forwarding.has(name))),
    ...(others.length === 0
      ? []
      : [
          {
            code: 'settings-otherwise' as const,
            severity: 'hint' as const,
            about: 'this host',
            message: `has other kernel settings than this configuration needs (regent run sets them at its start): ${others.map(({ name, value, reason }) => `${name} ${value}, as ${reason}`).join('; ')}`,
            mend: `sysctl -w ${others.map(assign).join(' ')}`,
          },
        ]),
  ];
};
