// The processes that take the model as it is do not load what reads it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The files that a compiled file loads; types are not in it. */
const loadedBy = (file: string, known: Set<string> = new Set()): Set<string> => {
  if (known.has(file)) return known;
  known.add(file);
  for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import\() ?'(\.[^']+)'/g))
    loadedBy(join(file, '..', path), known);
  return known;
};

describe('the configuration model', () => {
  for (const program of ['vrrp', 'healthcheck'])
    it(`brings no declaration of keys into the process ${program}`, () => {
      const loaded = [...loadedBy(`dist/${program}/process.js`)];
      assert.ok(loaded.some((file) => file.startsWith('dist/config/model/')));
      assert.deepEqual(
        loaded.filter((file) => /^dist\/config\/(?!model\/)/.test(file)),
        [],
      );
    });
});
