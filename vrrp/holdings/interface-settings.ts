// The IPv4 settings that this process changes on the host's interfaces: logged, remembered across crashes, restored at the end.

import { join } from 'node:path';
import { messageOf } from '../../base/error.ts';
import {
  promotionReason,
  type WantedInterfaceSetting,
  wantedInterfaceSettings,
} from '../../config/model/interface-settings.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import type { NetlinkSocket } from '../../kernel/netlink/socket.ts';
import { type Ownership, openOwnership } from '../../kernel/ownership.ts';
import { type BeforeSetting, setInterfaceSetting, settingName } from '../../kernel/route/interface-settings.ts';
import { interfaceSettingsFile, rememberSysctl, restoreRemembered } from '../../kernel/sysctl-memory.ts';
import type { VrrpEventBody } from '../events.ts';

export type InterfaceSettings = {
  readonly beforeSetting: BeforeSetting;
  /** @throws KernelError */
  readonly set: (setting: WantedInterfaceSetting) => void;
  readonly configure: (stateDirectory: string, routers: readonly RouterConfig[]) => void;
  /** Why its record is out of date on disk. */
  readonly recordFault: () => string | undefined;
  /** Restores all of them; only once no virtual address is left. */
  readonly restore: () => void;
};

export const createInterfaceSettings = (
  netlink: NetlinkSocket,
  emit: (event: VrrpEventBody) => void,
): InterfaceSettings => {
  let memory: Ownership | undefined;
  let wanted: readonly WantedInterfaceSetting[] = [];

  const attempt = (action: () => void, consequence = ''): void => {
    try {
      action();
    } catch (error) {
      emit({ type: 'sysctl-failed', message: `${messageOf(error)}${consequence}` });
    }
  };

  const onRecordFault = (why: string | undefined): void =>
    emit(
      why === undefined
        ? { type: 'record-written', message: 'the record of its interface settings is written again' }
        : {
            type: 'record-unwritten',
            message: `the record of its interface settings cannot be written, and a crash may leave them changed: ${why}`,
          },
    );

  const beforeSetting: BeforeSetting = (change) => {
    const { name, before, after } = change;
    const reason = wanted.find((one) => settingName(one.interface, one.setting) === name)?.reason ?? promotionReason;
    emit({ type: 'sysctl', message: `${name} ${before} -> ${after}: ${reason}` });
    attempt(() => {
      if (memory !== undefined) rememberSysctl(memory, change);
    }, `; ${name} will not be restored`);
  };

  return {
    beforeSetting,
    set: ({ interface: name, setting, value }) => setInterfaceSetting(netlink, name, setting, value, beforeSetting),
    configure: (stateDirectory, routers) => {
      wanted = wantedInterfaceSettings(routers);
      attempt(() => {
        if (memory !== undefined) return;
        memory = openOwnership(join(stateDirectory, interfaceSettingsFile), undefined, onRecordFault);
        if (memory.damage !== undefined) emit({ type: 'record-unreadable', message: memory.damage });
      });
    },
    recordFault: () => memory?.fault(),
    restore: () => {
      const remembered = memory;
      if (remembered === undefined) return;
      attempt(() =>
        restoreRemembered(
          remembered,
          ({ name, before, after }) =>
            emit({ type: 'sysctl', message: `${name} ${after} -> ${before}: as it was before the start` }),
          (_, error) => emit({ type: 'sysctl-failed', message: messageOf(error) }),
        ),
      );
    },
  };
};
