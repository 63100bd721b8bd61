// The npm tarball: contents with their modules, so that it installs without a registry.

import { readdirSync } from 'node:fs';
import { runTool } from './command.ts';
import { placePackage } from './place.ts';

/** Packs a folder of contents, replacing other versions. @returns the tarball's path. */
export const packTarball = (name: string, contents: string, destination: string): string =>
  placePackage(
    destination,
    (file) => file.startsWith(`${name}-`) && file.endsWith('.tgz'),
    (folder) => {
      runTool(['npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { in: contents });
      const [made] = readdirSync(folder);
      if (made === undefined) throw new Error(`npm pack made no tarball in ${folder}`);
      return made;
    },
  );
