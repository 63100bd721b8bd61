// What a Debian package depends on for its native parts, by what they themselves are linked with: not by the versions that the
// building machine has, which dpkg-shlibdeps would take.

import { closeSync, openSync, readSync } from 'node:fs';
import { runTool } from './command.ts';

const libc = 'libc6';
/** The packages of libraries, by the first part of their names. */
const packages: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['libc', 'libm', 'libdl', 'libpthread', 'librt', 'ld-linux-x86-64', 'ld-linux-aarch64'].map((name) => [name, libc]),
  ),
  'libstdc++': 'libstdc++6',
  libgcc_s: 'libgcc-s1',
  libatomic: 'libatomic1',
};

/** A property of the C library, and its first version that has it: the others are named by their version. */
const relativeRelocations = { name: 'GLIBC_ABI_DT_RELR', version: 'GLIBC_2.36' };

/** The newest version of the C library that is asked for. */
const versionOf = (headers: string): string => {
  const references = headers.replaceAll(relativeRelocations.name, relativeRelocations.version);
  const [newest] = [...references.matchAll(/^ +0x\w+ 0x\w+ \d+ GLIBC_(\d+)\.(\d+)/gm)]
    .map(([, major, minor]): readonly number[] => [Number(major), Number(minor)])
    .sort(([a = 0, b = 0], [c = 0, d = 0]) => c - a || d - b);
  return newest === undefined ? '' : ` (>= ${newest.join('.')})`;
};

/**
 * The value of `Depends` for programs and libraries.
 * @param headers what `objdump --private-headers` prints of them
 * @throws Error for a library whose package is not known
 */
export const dependsOn = (headers: string): string => {
  const names = [...headers.matchAll(/^ +NEEDED +(\S+)$/gm)].map(([, name = '']) => {
    const known = packages[name.replace(/\.so.*$/, '')];
    if (known === undefined) throw new Error(`The package that has ${name} is not known`);
    return known;
  });
  return [...new Set(names)]
    .sort()
    .map((name) => (name === libc ? name + versionOf(headers) : name))
    .join(', ');
};

const isElf = (file: string): boolean => {
  const magic = Buffer.alloc(4);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, magic);
  closeSync(descriptor);
  return magic.toString('latin1') === '\x7fELF';
};

/** The value of `Depends` for those of the files that are native. */
export const dependsOfFiles = (files: readonly string[]): string =>
  dependsOn(runTool(['objdump', '--private-headers', ...files.filter(isElf)]));
