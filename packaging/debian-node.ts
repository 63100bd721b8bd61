// The Debian package regent-node: a Node for regent alone, for distributions whose own is too old.

import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './command.ts';
import { readManifest } from './contents.ts';
import { buildDebian, compressed, debianChangelog, put } from './debian-tree.ts';
import type { NodeRuntime } from './node-runtime.ts';

export type DebianNodeOptions = {
  readonly project: string;
  readonly runtime: NodeRuntime;
  /** A folder that does not exist yet. */
  readonly scratch: string;
  readonly destination: string;
};

const name = 'regent-node';

/** @returns the package's path. */
export const packDebianNode = ({ project, runtime, scratch: tree, destination }: DebianNodeOptions): string => {
  const { author: maintainer, homepage, engines } = readManifest(project);
  const { folder, version } = runtime;
  const program = join(tree, 'usr/lib/regent-node/node');
  mkdirSync(join(program, '..'), { recursive: true, mode: 0o755 });
  cpSync(join(folder, 'bin/node'), program);
  // Debugger symbols are a fifth of the file.
  runTool(['strip', '--strip-unneeded', program]);
  const from = (file: string): string => join(project, 'packaging/debian-node', file);
  const documents = join(tree, 'usr/share/doc', name);
  put(join(documents, 'copyright'), readFileSync(from('copyright')));
  put(join(documents, 'LICENSE'), readFileSync(join(folder, 'LICENSE')));
  const where = `those of Node.js ${version}`;
  put(join(documents, 'changelog.gz'), compressed(debianChangelog(project, { name, version, maintainer }, where)));
  put(join(tree, 'usr/share/lintian/overrides', name), readFileSync(from('lintian-overrides')));
  return buildDebian({
    name,
    version,
    tree,
    control: join(project, 'packaging/debian-node/control.d'),
    facts: { MAINTAINER: maintainer, HOMEPAGE: homepage, NODE: engines.node.replace('>=', '') },
    destination,
  });
};
