// The keepalived programs that regent is tried beside: the system's, and the next release's, unpacked with its own libraries.

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const cache = process.getuid?.() === 0 ? '/var/cache' : (process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'));
/** Where `provision/newer-keepalived.sh` unpacks it, outside of any checkout. */
export const newerKeepalivedFolder = join(cache, 'regent/keepalived-2.3');

export const versions = ['2.2', '2.3'] as const;
export type Version = (typeof versions)[number];

const programs: Readonly<Record<Version, { readonly path: string; readonly bring: string }>> = {
  '2.2': { path: '/usr/sbin/keepalived', bring: 'npm run setup' },
  '2.3': {
    path: join(newerKeepalivedFolder, 'keepalived'),
    bring: `bash provision/newer-keepalived.sh ${newerKeepalivedFolder}`,
  },
};

/** @throws when it is not there, with what brings it. */
export const keepalivedProgram = (version: Version): string => {
  const { path, bring } = programs[version];
  if (!existsSync(path)) throw new Error(`keepalived ${version} is not there (${path}): ${bring}`);
  return path;
};
