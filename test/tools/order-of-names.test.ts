// The rule that names are defined before the closures that use them (.oxlintrc.json): what it refuses, and what it lets pass.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const lint = (...paths: readonly string[]): { readonly code: number | null; readonly out: string } => {
  const run = spawnSync(
    process.execPath,
    [resolve('node_modules/oxlint/bin/oxlint'), '-c', '.oxlintrc.json', '--format', 'unix', ...paths],
    { encoding: 'utf8' },
  );
  return { code: run.status, out: `${run.stdout}${run.stderr}` };
};

describe('the order of names', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-order-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const judged = (text: string): string[] => {
    const file = join(folder, 'sample.ts');
    writeFileSync(file, text);
    return [...lint(file).out.matchAll(/'(\w+)' was used before it was defined/g)].map(([, name = '']) => name);
  };

  for (const [what, text, refused] of [
    [
      'a closure over a const of the same function',
      'export const f = () => { const a = () => b; const b = 1; return a; };',
      ['b'],
    ],
    [
      'a closure over a const of an enclosing function',
      'export const f = () => { const a = () => { const c = () => b; return c; }; const b = 1; return a; };',
      ['b'],
    ],
    ['a closure over a const of the module', 'export const a = () => b; const b = 1;', ['b']],
    ['a closure over a later let', 'export const f = () => { const a = () => b; let b = 1; b = 2; return a; };', ['b']],
    [
      'an option that calls a later part',
      'const make = (o: object) => o; export const p = make({ on: () => q }); const q = 1;',
      ['q'],
    ],
    [
      'a hoisted function',
      'export const f = () => { const a = () => b(); function b() { return 1; } return a; };',
      ['b'],
    ],
    ['two that call each other', 'export const a = (): number => b(); const b = (): number => a();', ['b']],
  ] as const)
    it(`refuses ${what}`, () => assert.deepEqual(judged(text), refused));

  for (const [what, text] of [
    ['a closure over an earlier const', 'const b = 1; export const a = () => b;'],
    ['a function that calls itself', 'export const a = (n: number): number => (n === 0 ? 0 : a(n - 1));'],
    ['types in any order', 'export const a = (b: B): B => b; type B = number;'],
    [
      'a part whose own handler uses it',
      'const make = (o: object) => o; export const p: object = make({ on: () => p });',
    ],
  ] as const)
    it(`lets ${what} pass`, () => assert.deepEqual(judged(text), []));

  it('holds in the whole project', () => {
    const { code, out } = lint();
    assert.equal(code, 0, out);
  }).timeout(60_000);
});
