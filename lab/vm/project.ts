// Where the project lies: the same path on the host and, by the shared root, in the virtual machine.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const findUp = (folder: string): string => {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('Cannot find the folder that holds package.json');
  return findUp(parent);
};

/** The folder that holds package.json, above this file whether compiled or not. */
export const projectFolder: string = findUp(dirname(fileURLToPath(import.meta.url)));

/** What provision/setup.sh unpacks and the virtual machine remembers; git-ignored. */
export const cacheFolder: string = join(projectFolder, '.cache', 'vm');
