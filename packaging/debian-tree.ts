// What every Debian package has: the tree of its files, facts for its control file, and dpkg-deb, which builds it.

import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runTool } from './command.ts';
import { dependsOfFiles } from './needed-libraries.ts';
import { placePackage } from './place.ts';

/** Writes a file and the folders above it. */
export const put = (path: string, text: string | Buffer, mode = 0o644): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
};

export const compressed = (text: string | Buffer): Buffer => gzipSync(text, { level: 9 });

/** All files below a folder. */
export const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

export type DebianPackage = {
  readonly name: string;
  readonly version: string;
  /** A folder with the files at their installed paths. */
  readonly tree: string;
  /** A folder with the files of DEBIAN/; `@NAME@` in its `control` stands for a fact. */
  readonly control: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly destination: string;
};

/** The clock of the package: that of the last change, so that the same sources make the same package. */
const sourceDate = (project: string): Date => {
  const seconds = process.env.SOURCE_DATE_EPOCH ?? runTool(['git', 'log', '-1', '--format=%ct'], { in: project });
  return new Date(Number(seconds) * 1000);
};

/** A Debian changelog of one entry. @param where the changes are told. */
export const debianChangelog = (
  project: string,
  { name, version, maintainer }: { readonly name: string; readonly version: string; readonly maintainer: string },
  where: string,
): string => {
  const date = sourceDate(project).toUTCString().replace('GMT', '+0000');
  return `${name} (${version}) unstable; urgency=medium\n\n  * Changes: ${where}\n\n -- ${maintainer}  ${date}\n`;
};

/** @returns the package's path. */
export const buildDebian = ({ name, version, tree, control, facts, destination }: DebianPackage): string => {
  const architecture = runTool(['dpkg', '--print-architecture']).trim();
  const files = filesIn(tree);
  const size = files.reduce((sum, file) => sum + Math.ceil(statSync(file).size / 1024), 0);
  const values: Readonly<Record<string, string>> = {
    VERSION: version,
    ARCHITECTURE: architecture,
    SIZE: String(size),
    LIBRARIES: dependsOfFiles(files),
    ...facts,
  };
  const sum = (file: string): string => createHash('md5').update(readFileSync(file)).digest('hex');
  const sums = files.map((file) => `${sum(file)}  ${relative(tree, file)}\n`).join('');
  for (const part of readdirSync(control)) {
    const text = readFileSync(join(control, part), 'utf8');
    put(
      join(tree, 'DEBIAN', part),
      text.replaceAll(/@([A-Z]+)@/g, (_, fact: string) => values[fact] ?? ''),
      text.startsWith('#!') ? 0o755 : 0o644,
    );
  }
  put(join(tree, 'DEBIAN/md5sums'), sums);
  const file = `${name}_${version}_${architecture}.deb`;
  // What installs from there finds one version: images, the Ansible role.
  return placePackage(
    destination,
    (entry) => entry.startsWith(`${name}_`) && entry.endsWith('.deb'),
    (folder) => {
      runTool(['dpkg-deb', '--root-owner-group', '-Zxz', '--build', tree, join(folder, file)]);
      return file;
    },
  );
};
