// The memory of changed sysctls that a director has on disk: here for the time of a test.

import type { SysctlMemory } from '../../../kernel/sysctl-memory.ts';

export const rememberSysctls = (): SysctlMemory => {
  const remembered = new Set<string>();
  return {
    keys: () => remembered,
    claim: (keys) => {
      for (const key of keys) remembered.add(key);
    },
    release: () => remembered.clear(),
  };
};
