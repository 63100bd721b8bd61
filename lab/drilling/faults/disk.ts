// A disk of its own for a director's state, small enough to be filled.

import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Drill } from '../../../drill/scenario/keys.ts';
import { actsOf } from '../../../drill/scenario/rules.ts';
import { folderOf } from '../../teardown.ts';
import type { DirectorName } from '../../topology.ts';
import { director, type Make } from './parts.ts';

const execute = promisify(execFile);

const diskOf = (prefix: string, name: DirectorName): string => join(folderOf(prefix), name, 'state');

/** Whether a drill fills a disk. */
export const fillsDisks = ({ steps }: Drill): boolean =>
  steps.some(
    (step) => actsOf(step).some((act) => act.do === 'fill_disk') || step.random?.faults?.includes('fill_disk'),
  );

/** Before its director starts; `tearDown` takes it away. @throws where the kernel refuses the mount. */
export const mountDisk = async (prefix: string, name: DirectorName): Promise<void> => {
  await mkdir(diskOf(prefix, name), { recursive: true, mode: 0o700 });
  await execute('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=700', 'regent-drill', diskOf(prefix, name)]);
};

export const fillDisk: Make = async (act, { hosts }) => {
  const filler = join(diskOf(hosts.prefix, director(act)), 'drill.filler');
  const at = Date.now();
  // dd ends when the disk is full.
  await execute('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k', 'count=4096']).catch(() => {});
  return { at, isolates: false, undo: () => rm(filler, { force: true }) };
};
