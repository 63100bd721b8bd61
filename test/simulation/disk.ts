// A machine's disk: it keeps files across the machine's restart, and may refuse every write for a while.

import type { Disk } from '../../base/kept-file.ts';

export type MachineDisk = Pick<Disk, 'read' | 'replace' | 'keepAside'> & {
  /** The faults that make it refuse. */
  refusals: number;
  /** The last write was refused. */
  isBehind: boolean;
};

export const createDisk = (): MachineDisk => {
  const files = new Map<string, string>();
  const state = { refusals: 0, isBehind: false };
  const refuse = (path: string): void => {
    state.isBehind = state.refusals > 0;
    if (state.isBehind) throw new Error(`ENOSPC: no space left on device, open '${path}'`);
  };
  return Object.assign(state, {
    read: (path: string) => files.get(path),
    keepAside: (path: string) => {
      refuse(path);
      files.delete(path);
    },
    replace: (path: string, text: string) => {
      refuse(path);
      files.set(path, text);
    },
  });
};
