// Paths of the Vagrant lab: the project, and the lab's own files.

import { join } from 'node:path';
import { projectFolder } from '../vm/project.ts';

export { projectFolder };

/** The box, Vagrant's own folder, and a folder for each run. */
export const cacheFolder = join(projectFolder, '.cache', 'vagrant');
/** Files copied to the machines: regent's tarball and Node. */
export const packagesFolder = join(projectFolder, 'packages');
/** The directors' configurations in the project. */
export const configFolder = join(projectFolder, 'config');
/** The configurations of a run's machines: a copy, which the drill may edit. */
export const copiedConfigFolder = (folder: string): string => join(folder, 'config');
