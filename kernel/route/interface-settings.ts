// IPv4 settings of one interface: read from /proc/sys, and set over netlink, because a container's /proc/sys is often read-only.

import { constants } from 'node:os';
import { encodeAttributes, pack } from '../netlink/codec.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { KernelError, kernelError } from '../system/error.ts';
import { AF_INET } from '../system/libc.ts';
import { readSysctl, type SysctlChange } from '../system/sysctl.ts';

/** Numbers from include/uapi/linux/ip.h (IPV4_DEVCONF_ARP_ANNOUNCE and so on). */
const settings = { arp_announce: [18, 'u32'], arp_ignore: [19, 'u32'], promote_secondaries: [20, 'u32'] } as const;

export type InterfaceSetting = keyof typeof settings;

/**
 * RTM_SETLINK with struct ifinfomsg, and IFLA_AF_SPEC > AF_INET > IFLA_INET_CONF > one attribute a setting. It needs
 * CAP_NET_ADMIN, as address changes do, and no write to /proc/sys.
 */
const RTM_SETLINK = 19;
const linkAttributes = { families: [26, { ipv4: [AF_INET, { settings: [1, settings] }] }] } as const;

export const settingName = (interfaceName: string, setting: InterfaceSetting): string =>
  `net/ipv4/conf/${interfaceName}/${setting}`;

/** Sets it, whatever its current value. @throws KernelError ENODEV where there is no such interface */
export const writeInterfaceSetting = (
  netlink: NetlinkSocket,
  interfaceName: string,
  setting: InterfaceSetting,
  value: number,
): void => {
  const operation = `set ${settingName(interfaceName, setting)} to ${value}`;
  const index = netlink.interfaceIndex(interfaceName);
  if (index === undefined) throw kernelError(operation, constants.errno.ENODEV);
  const header = pack(['u8', 0], ['u8', 0], ['u16', 0], ['u32', index], ['u32', 0], ['u32', 0]);
  const attributes = encodeAttributes(linkAttributes, { families: { ipv4: { settings: { [setting]: value } } } });
  const [result] = netlink.request([{ operation, type: RTM_SETLINK, payload: Buffer.concat([header, attributes]) }]);
  if (result?.ok === false) throw result.error;
};

/** Called before a setting is changed, so that it can be restored even after a crash. */
export type BeforeSetting = (change: Omit<SysctlChange, 'reason'>) => void;

const shortages: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);

const readIfPossible = (name: string): string | undefined => {
  try {
    return readSysctl(name);
  } catch (error) {
    if (error instanceof KernelError && shortages.has(error.code)) return undefined;
    throw error;
  }
};

/** Sets it unless it already has that value. @throws KernelError ENODEV where there is no such interface */
export const setInterfaceSetting = (
  netlink: NetlinkSocket,
  interfaceName: string,
  setting: InterfaceSetting,
  value: number,
  beforeSetting: BeforeSetting,
): void => {
  const name = settingName(interfaceName, setting);
  const before = readIfPossible(name);
  const after = String(value);
  if (before === after) return;
  // Unknown where /proc is not mounted or no descriptor is left: set every time, and not restored.
  if (before !== undefined) beforeSetting({ name, before, after });
  writeInterfaceSetting(netlink, interfaceName, setting, value);
};

/** Parses a name made by {@link settingName}; undefined for others. */
export const parseSettingName = (
  name: string,
): { readonly interface: string; readonly setting: InterfaceSetting } | undefined => {
  const [, interfaceName = '', key = ''] = /^net\/ipv4\/conf\/([^/]+)\/(\w+)$/.exec(name) ?? [];
  const setting = (Object.keys(settings) as InterfaceSetting[]).find((one) => one === key);
  return setting === undefined ? undefined : { interface: interfaceName, setting };
};
