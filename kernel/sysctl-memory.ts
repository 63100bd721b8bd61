// Changed kernel settings, remembered across restarts of the director so that its end can restore them.

import { NETLINK_ROUTE, openNetlink } from './netlink/socket.ts';
import type { Ownership } from './ownership.ts';
import { parseSettingName, writeInterfaceSetting } from './route/interface-settings.ts';
import { KernelError } from './system/error.ts';
import { readSysctl, restoreSysctl, type SysctlChange } from './system/sysctl.ts';

/** In the state directory: interface settings. The vrrp process writes it; after its death the controller restores them. */
export const interfaceSettingsFile = 'interface-settings.json';

/** Changes since the host's start, by this process or an earlier one; the oldest first. */
export type SysctlMemory = Pick<Ownership, 'keys' | 'claim' | 'release'>;

/** The key of a change. Values contain no line break. */
const keyOf = ({ name, before, after }: Omit<SysctlChange, 'reason'>): string => [name, before, after].join('\n');

/** Other keys are a newer build's. */
const isChange = (key: string): boolean => key.split('\n').length === 3;

const changeOf = (key: string): SysctlChange => {
  const [name = '', before = '', after = ''] = key.split('\n');
  return { name, before, after, reason: '' };
};

/** Remembers a change; call it before changing the kernel. */
export const rememberSysctl = (memory: SysctlMemory, change: Omit<SysctlChange, 'reason'>): void =>
  memory.claim([keyOf(change)]);

const refusals: ReadonlySet<string> = new Set(['EROFS', 'EACCES', 'EPERM']);

/** @returns whether it was restored. @throws KernelError */
const restore = (change: SysctlChange): boolean => {
  const found = parseSettingName(change.name);
  try {
    return restoreSysctl(change);
  } catch (error) {
    if (found === undefined || !(error instanceof KernelError) || !refusals.has(error.code)) throw error;
  }
  // A container with a read-only /proc/sys.
  const netlink = openNetlink(NETLINK_ROUTE);
  try {
    writeInterfaceSetting(netlink, found.interface, found.setting, Number(change.before));
  } finally {
    netlink.close();
  }
  return true;
};

/** Restores all settings, except those changed again since. */
export const restoreRemembered = (
  memory: SysctlMemory,
  onRestored: (change: SysctlChange) => void,
  onError: (change: SysctlChange, error: unknown) => void,
): void => {
  for (const key of [...memory.keys()].filter(isChange).toReversed()) {
    const change = changeOf(key);
    try {
      // The interface may be gone, with its settings.
      if (readSysctl(change.name) !== undefined && restore(change)) onRestored(change);
    } catch (error) {
      onError(change, error);
    }
  }
  memory.release([...memory.keys()].filter(isChange));
};
