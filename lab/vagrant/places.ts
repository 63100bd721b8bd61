// Where the Vagrant lab finds the project and keeps what it makes.

import { join } from 'node:path';
import { projectFolder } from '../vm/project.ts';

export { projectFolder };

/** The box, Vagrant's own folder, and a folder for each run. */
export const cacheFolder = join(projectFolder, '.cache', 'vagrant');
/** What is copied to the machines: regent's tarball and Node. */
export const packagesFolder = join(projectFolder, 'packages');
/** The directors' configurations, as the project has them. */
export const configFolder = join(projectFolder, 'config');
/** Where the machines of a run take theirs from: a copy, which the drill may edit. */
export const copiedConfigFolder = (folder: string): string => join(folder, 'config');
