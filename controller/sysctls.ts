// The sysctls that a director needs, each with its reason; they are restored at the end.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../base/error.ts';
import { wantedInterfaceSettings } from '../config/model/interface-settings.ts';
import type { AnycastConfig, DirectorConfig } from '../config/model/model.ts';
import type { VirtualServiceConfig } from '../config/model/service-model.ts';
import { openOwnership } from '../kernel/ownership.ts';
import {
  interfaceSettingsFile,
  rememberSysctl,
  restoreRemembered,
  type SysctlMemory,
} from '../kernel/sysctl-memory.ts';
import { readSysctl, setSysctl } from '../kernel/system/sysctl.ts';
import type { Log } from './log/log.ts';

export type WantedSysctl = { readonly name: string; readonly value: string; readonly reason: string };

/** The interface settings that the vrrp process makes, where the interfaces exist. Pure. */
export const interfaceSysctls = ({ vrrp }: DirectorConfig): WantedSysctl[] =>
  wantedInterfaceSettings(vrrp.routers).map(({ interface: name, setting, value, reason }) => ({
    name: `net/ipv4/conf/${name}/${setting}`,
    value: String(value),
    reason,
  }));

const serversOf = ({ realServers, sorryServer }: VirtualServiceConfig) => [
  ...realServers,
  ...(sorryServer === undefined ? [] : [sorryServer]),
];

const isMasqueradedTo = (family: 'ipv4' | 'ipv6', services: readonly VirtualServiceConfig[]): boolean =>
  services
    .flatMap(serversOf)
    .some(
      ({ endpoint, forwarding }) => forwarding === 'masq' && (family === 'ipv6') === endpoint.address.includes(':'),
    );

/** Whether a service of the protocol has an anycast address. */
const isAnycast = (
  protocol: VirtualServiceConfig['protocol'],
  services: readonly VirtualServiceConfig[],
  anycast: AnycastConfig | undefined,
): boolean => {
  const announced = new Set(
    (anycast?.addresses ?? []).flatMap((entry) => entry.addresses.map(({ address }) => address)),
  );
  return services.some(
    (service) =>
      service.protocol === protocol &&
      service.matches.some((match) => 'address' in match && announced.has(match.address)),
  );
};

/** The sysctls that a configuration needs; a name with slashes contains an interface name, which may contain dots. Pure. */
export const wantedSysctls = ({ virtualServices, vrrp, anycast, connectionSync }: DirectorConfig): WantedSysctl[] => {
  const sysctl = (name: string, value: string | number, reason: string): WantedSysctl => ({
    name,
    value: String(value),
    reason,
  });
  if (virtualServices.length === 0) return [];
  const isFour = isMasqueradedTo('ipv4', virtualServices);
  const interfaces = ['all', 'default', ...new Set(vrrp.routers.map((router) => router.interface))];
  return [
    ...(isFour ? [sysctl('net.ipv4.ip_forward', 1, 'masquerading forwards packets between the networks')] : []),
    ...(isMasqueradedTo('ipv6', virtualServices)
      ? [
          sysctl(
            'net.ipv6.conf.all.forwarding',
            1,
            'masquerading forwards packets between the networks; router advertisements are no longer accepted',
          ),
        ]
      : []),
    ...(isFour
      ? interfaces.map((name) =>
          sysctl(
            `net/ipv4/conf/${name}/send_redirects`,
            0,
            'hosts that receive an ICMP redirect bypass the director, and their connections break',
          ),
        )
      : []),
    sysctl('net.ipv4.vs.expire_nodest_conn', 1, 'connections to a removed server are reset at once'),
    sysctl(
      'net.ipv4.vs.conn_reuse_mode',
      1,
      'a client that reuses a port is scheduled again, to a server that does not drain',
    ),
    ...(virtualServices.some(({ persistence }) => persistence !== undefined)
      ? [
          sysctl(
            'net.ipv4.vs.expire_quiescent_template',
            1,
            'persistence does not bring new connections to a server that drains',
          ),
        ]
      : []),
    ...(virtualServices.some(({ snat }) => snat)
      ? [sysctl('net.ipv4.vs.conntrack', 1, 'snat needs conntrack to know of IPVS connections')]
      : []),
    ...(['tcp', 'sctp'] as const)
      .filter((protocol) => isAnycast(protocol, virtualServices, anycast))
      .map((protocol) =>
        sysctl(
          `net.ipv4.vs.sloppy_${protocol}`,
          1,
          'a connection to an anycast address goes on when a router sends it to another director',
        ),
      ),
    ...(connectionSync === undefined
      ? []
      : [
          sysctl(
            'net.ipv4.vs.sync_version',
            1,
            'the older messages carry neither IPv6 nor timeouts nor firewall marks',
          ),
          sysctl(
            'net.ipv4.vs.backup_only',
            0,
            'both daemons run on every director; otherwise it would forward nothing while its backup daemon runs',
          ),
          sysctl('net.ipv4.vs.sync_threshold', '0 1', 'a connection is sent to the peers from its first packet on'),
          sysctl(
            'net.ipv4.vs.sync_refresh_period',
            Math.max(1, Math.round(connectionSync.refresh / 1000)),
            'a busy connection is sent again at this interval in seconds, not with every packet',
          ),
        ]),
  ];
};

/** The interfaces of this host that have IPv4 settings, as a text that is equal as long as they are. */
export const interfacesWithSettings = (): string => {
  try {
    return readdirSync('/proc/sys/net/ipv4/conf').join(' ');
  } catch {
    return '';
  }
};

const complain = (log: Log, subject: string, error: unknown, why = ''): void =>
  log('error', { process: 'director', subject, event: 'sysctl-failed' }, `${messageOf(error)}${why}`);

/** Sets what the configuration needs, without IPVS's own settings where it is absent; each change is remembered first, so that a later controller can restore it. */
export const applySysctls = (config: DirectorConfig, memory: SysctlMemory, log: Log, hasIpvs = true): void => {
  for (const { name, value, reason } of wantedSysctls(config)) {
    if (!hasIpvs && name.startsWith('net.ipv4.vs.')) continue;
    try {
      const before = readSysctl(name);
      if (before !== undefined && before !== value) rememberSysctl(memory, { name, before, after: value });
      const change = setSysctl(name, value, reason);
      if (change === undefined) continue;
      const text = `${change.before} -> ${change.after}: ${reason}`;
      log('info', { process: 'director', subject: name, event: 'sysctl' }, text);
    } catch (error) {
      complain(log, name, error, ` (${reason})`);
    }
  }
};

/** Restores all settings, except values that another program has changed since. */
export const restoreSysctls = (memory: SysctlMemory, log: Log): void =>
  restoreRemembered(
    memory,
    ({ name, before, after }) =>
      log(
        'info',
        { process: 'director', subject: name, event: 'sysctl' },
        `${after} -> ${before}: as it was before the start`,
      ),
    ({ name }, error) => complain(log, name, error),
  );

/** Restores the settings of a dead vrrp process; a process that ends normally does so itself. */
export const restoreInterfaceSettings = (stateDirectory: string, log: Log): void => {
  try {
    const memory = openOwnership(join(stateDirectory, interfaceSettingsFile));
    if (memory.damage !== undefined) log('warn', { process: 'director', event: 'record-unreadable' }, memory.damage);
    restoreSysctls(memory, log);
  } catch (error) {
    complain(log, interfaceSettingsFile, error);
  }
};
