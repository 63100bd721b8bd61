// What packages depend on: each library that their native parts need, and the C library from the version on that they ask for.

import assert from 'node:assert/strict';
import { globSync } from 'tinyglobby';
import { dependsOfFiles, dependsOn } from '../../../packaging/needed-libraries.ts';

const headers = (libraries: readonly string[], versions: readonly string[]): string =>
  `Dynamic Section:\n${libraries.map((name) => `  NEEDED               ${name}\n`).join('')}  SONAME               GLIBC_9.9.node

Version References:
  required from libc.so.6:
${versions.map((name) => `    0x06969185 0x00 04 ${name}\n`).join('')}`;

describe('what a package depends on for its native parts', () => {
  const rows: readonly [string, string[], string[], string][] = [
    ['the newest version by number', ['libc.so.6'], ['GLIBC_2.9', 'GLIBC_2.28', 'GLIBC_2.3.4'], 'libc6 (>= 2.28)'],
    ['its parts as one', ['libm.so.6', 'libdl.so.2', 'libpthread.so.0'], ['GLIBC_2.14'], 'libc6 (>= 2.14)'],
    ['what its linker asks for', ['libc.so.6'], ['GLIBC_2.34', 'GLIBC_ABI_DT_RELR'], 'libc6 (>= 2.36)'],
    ['no version where none is asked for', ['libc.so.6'], ['GLIBC_PRIVATE', 'GLIBCXX_3.4.21'], 'libc6'],
    [
      'each other library',
      ['libstdc++.so.6', 'libgcc_s.so.1', 'libatomic.so.1', 'libc.so.6', 'ld-linux-x86-64.so.2'],
      ['GLIBC_2.25', 'CXXABI_1.3.11'],
      'libatomic1, libc6 (>= 2.25), libgcc-s1, libstdc++6',
    ],
  ];
  for (const [what, libraries, versions, expected] of rows)
    it(`has ${what}: ${expected}`, () => assert.equal(dependsOn(headers(libraries, versions)), expected));

  it('refuses a library whose package is not known', () =>
    assert.throws(() => dependsOn(headers(['libssl.so.3'], [])), /The package that has libssl\.so\.3 is not known/));

  it('is taken of real files, the native ones alone', () =>
    assert.match(
      dependsOfFiles([...globSync('node_modules/@koromix/koffi-linux-*/linux_*/koffi.node'), 'package.json']),
      /^libc6 \(>= 2\.\d+\), libgcc-s1, libstdc\+\+6$/,
    ));
});
