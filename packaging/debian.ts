// The Debian package: contents, a Node, the unit, its user, a configuration, manual pages and completion, built by dpkg-deb.

import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { program } from '../cli/command-line.ts';
import { writeCompletion } from '../cli/completion.ts';
import { runTool } from './command.ts';
import { readManifest } from './contents.ts';
import { writeCommandManual, writeConfigurationManual } from './manual.ts';
import type { NodeRuntime } from './node-runtime.ts';

export type DebianOptions = {
  readonly project: string;
  /** A folder made by layContents. */
  readonly contents: string;
  readonly runtime: NodeRuntime;
  /** A folder that does not exist yet. */
  readonly scratch: string;
  readonly destination: string;
};

const put = (path: string, text: string | Buffer, mode = 0o644): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
};

/** The C library of this host, which the modules were built with. */
const libcVersion = (): string => runTool(['dpkg-query', '--show', 'libc6']).replace(/^\S+\s+(\d+\.\d+).*$/s, '$1');

/** Puts everything at its installed path. */
const layTree = (tree: string, { project, contents, runtime }: DebianOptions, version: string): void => {
  const from = (...path: string[]): string => join(project, 'packaging', ...path);
  const library = join(tree, 'usr/lib/regent');
  cpSync(contents, library, { recursive: true });
  for (const name of ['docs', 'packaging', 'README.md', 'LICENSE'])
    rmSync(join(library, name), { recursive: true, force: true });
  cpSync(join(runtime.folder, 'bin/node'), join(library, 'node'));
  // Debugger symbols are a fifth of the file.
  runTool(['strip', '--strip-unneeded', join(library, 'node')]);

  put(join(tree, 'usr/bin/regent'), readFileSync(from('debian/regent')), 0o755);
  put(join(tree, 'usr/lib/systemd/system/regent.service'), readFileSync(from('regent.service')));
  put(join(tree, 'usr/lib/sysusers.d/regent.conf'), readFileSync(from('regent.sysusers.conf')));
  put(join(tree, 'etc/regent/regent.yaml'), readFileSync(from('regent.yaml')));
  put(join(tree, 'usr/share/man/man8/regent.8.gz'), gzipSync(writeCommandManual(version), { level: 9 }));
  put(join(tree, 'usr/share/man/man5/regent.yaml.5.gz'), gzipSync(writeConfigurationManual(version), { level: 9 }));
  put(join(tree, 'usr/share/bash-completion/completions/regent'), writeCompletion(program, 'bash'));
  put(join(tree, 'usr/share/zsh/vendor-completions/_regent'), writeCompletion(program, 'zsh'));
  const documents = join(tree, 'usr/share/doc/regent');
  cpSync(join(contents, 'docs'), documents, { recursive: true });
  put(join(documents, 'copyright'), readFileSync(from('debian/copyright')));
  put(join(documents, 'LICENSE'), readFileSync(join(project, 'LICENSE')));
  put(join(documents, 'LICENSE.node'), readFileSync(join(runtime.folder, 'LICENSE')));
};

const sizeOf = (folder: string): number =>
  readdirSync(folder, { withFileTypes: true, recursive: true }).reduce(
    (sum, entry) => sum + (entry.isFile() ? Math.ceil(statSync(join(entry.parentPath, entry.name)).size / 1024) : 1),
    0,
  );

/** @returns the package's path. */
export const packDebian = (options: DebianOptions): string => {
  const { project, scratch: tree, destination } = options;
  const { version } = readManifest(project);
  const architecture = runTool(['dpkg', '--print-architecture']).trim();
  mkdirSync(tree, { mode: 0o755 });
  layTree(tree, options, version);
  const facts: Readonly<Record<string, string>> = {
    VERSION: version,
    ARCHITECTURE: architecture,
    SIZE: String(sizeOf(tree)),
    LIBC: libcVersion(),
  };
  const control = (name: string): string => readFileSync(join(project, 'packaging/debian', name), 'utf8');
  put(
    join(tree, 'DEBIAN/control'),
    control('control').replaceAll(/@(\w+)@/g, (_, name: string) => facts[name] ?? ''),
  );
  put(join(tree, 'DEBIAN/conffiles'), control('conffiles'));
  for (const name of ['postinst', 'prerm', 'postrm']) put(join(tree, 'DEBIAN', name), control(name), 0o755);
  const file = join(destination, `regent_${version}_${architecture}.deb`);
  if (existsSync(file)) rmSync(file);
  runTool(['dpkg-deb', '--root-owner-group', '-Zxz', '-z1', '--build', tree, file]);
  return file;
};
