// `npm run pack [-- tarball | deb | node]`: makes the packages in the folder packages/, and prints how to install each.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../base/error.ts';
import { runTool } from './command.ts';
import { layContents, readManifest } from './contents.ts';
import { packDebian } from './debian.ts';
import { packDebianNode } from './debian-node.ts';
import { packNode } from './node.ts';
import { fetchNodeRuntime, packagedNode } from './node-runtime.ts';
import { packTarball } from './tarball.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const destination = join(project, 'packages');
const nodes = join(project, '.cache/node');
const { name } = readManifest(project);
const kinds = process.argv.slice(2);
const isWanted = (kind: string): boolean => kinds.length === 0 || kinds.includes(kind);

// A package has no older bundle than what it was compiled from.
runTool([process.execPath, fileURLToPath(new URL('bundle.js', import.meta.url))]);
mkdirSync(destination, { recursive: true });
const scratch = mkdtempSync(join(tmpdir(), 'regent-contents-'));
try {
  const contents = join(scratch, name);
  layContents(project, contents);
  if (isWanted('tarball')) {
    const tarball = packTarball(name, contents, destination);
    process.stdout.write(
      `${tarball}\n  for ${process.arch}; without a registry or a compiler: npm install --global --ignore-scripts ${tarball}\n`,
    );
  }
  if (isWanted('deb')) {
    const file = packDebian({ project, contents, scratch: join(scratch, 'tree'), destination });
    const runtime = fetchNodeRuntime(nodes, packagedNode);
    const node = packDebianNode({ project, runtime, scratch: join(scratch, 'node-tree'), destination });
    process.stdout.write(
      `${file}\n  apt install ${file}\n${node}\n  besides, where the distribution's Node is too old\n`,
    );
  }
  if (kinds.includes('node')) {
    const program = packNode(fetchNodeRuntime(nodes, packagedNode), destination);
    process.stdout.write(`${program}\n  for machines that have no Node\n`);
  }
} catch (error) {
  process.stderr.write(`pack: ${messageOf(error)}\n`);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true });
}
