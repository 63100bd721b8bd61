// The Debian package regent: contents, the unit, its user, a configuration, manual pages and completion. It runs on the
// distribution's Node, or on that of the package regent-node.

import { chmodSync, cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { program } from '../cli/command-line.ts';
import { writeCompletion } from '../cli/completion.ts';
import { readManifest } from './contents.ts';
import { buildDebian, compressed, debianChangelog, filesIn, put } from './debian-tree.ts';
import { writeCommandManual, writeConfigurationManual } from './manual.ts';

export type DebianOptions = {
  readonly project: string;
  /** A folder made by layContents. */
  readonly contents: string;
  /** A folder that does not exist yet. */
  readonly scratch: string;
  readonly destination: string;
};

/** The program below /usr/lib/regent, for one C library, and started by /usr/bin/regent alone. */
const layProgram = (library: string, contents: string): void => {
  cpSync(contents, library, { recursive: true });
  for (const name of ['docs', 'packaging', 'README.md', 'LICENSE', 'node_modules/.bin'])
    rmSync(join(library, name), { recursive: true, force: true });
  for (const file of filesIn(library)) {
    if (/\/musl_\w+\//.test(file)) rmSync(file);
    else if (/\.[cm]?js$/.test(file)) put(file, readFileSync(file, 'utf8').replace(/^#!.*\n/, ''));
    else chmodSync(file, 0o644);
  }
};

/** Puts everything at its installed path. */
const layTree = (tree: string, { project, contents }: DebianOptions): void => {
  const { version, author } = readManifest(project);
  const from = (...path: string[]): string => join(project, 'packaging', ...path);
  layProgram(join(tree, 'usr/lib/regent'), contents);
  put(join(tree, 'usr/bin/regent'), readFileSync(from('debian/regent')), 0o755);
  put(join(tree, 'usr/lib/systemd/system/regent.service'), readFileSync(from('regent.service')));
  put(join(tree, 'usr/lib/sysusers.d/regent.conf'), readFileSync(from('regent.sysusers.conf')));
  put(join(tree, 'etc/regent/regent.yaml'), readFileSync(from('regent.yaml')));
  put(join(tree, 'usr/share/man/man8/regent.8.gz'), compressed(writeCommandManual(version)));
  put(join(tree, 'usr/share/man/man5/regent.yaml.5.gz'), compressed(writeConfigurationManual(version)));
  put(join(tree, 'usr/share/bash-completion/completions/regent'), writeCompletion(program, 'bash'));
  put(join(tree, 'usr/share/zsh/vendor-completions/_regent'), writeCompletion(program, 'zsh'));
  put(join(tree, 'usr/share/fish/vendor_completions.d/regent.fish'), writeCompletion(program, 'fish'));
  put(join(tree, 'usr/share/lintian/overrides/regent'), readFileSync(from('debian/lintian-overrides')));
  const documents = join(tree, 'usr/share/doc/regent');
  cpSync(join(contents, 'docs'), documents, { recursive: true });
  put(join(documents, 'copyright'), readFileSync(from('debian/copyright')));
  put(join(documents, 'CHANGELOG.md'), readFileSync(join(project, 'CHANGELOG.md')));
  const changelog = debianChangelog(
    project,
    { name: 'regent', version, maintainer: author },
    `${documents.slice(tree.length)}/CHANGELOG.md`,
  );
  put(join(documents, 'changelog.gz'), compressed(changelog));
};

/** @returns the package's path. */
export const packDebian = (options: DebianOptions): string => {
  const { project, scratch: tree, destination } = options;
  const { version, author, homepage, engines } = readManifest(project);
  mkdirSync(tree, { mode: 0o755 });
  layTree(tree, options);
  return buildDebian({
    name: 'regent',
    version,
    tree,
    control: join(project, 'packaging/debian/control.d'),
    facts: { MAINTAINER: author, HOMEPAGE: homepage, NODE: engines.node.replace('>=', '') },
    destination,
  });
};
