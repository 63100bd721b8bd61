// The defects of test/mutations still fit the program: a list that has grown old proves nothing.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mutations } from '../mutations/list.ts';

describe('the list of defects', () => {
  for (const { name, file, from, to } of mutations)
    it(`has a place in the program: ${name}`, () => {
      assert.ok(readFileSync(join('dist', file), 'utf8').includes(from), `${file} does not have: ${from}`);
      assert.notEqual(from, to);
    });
  it('has no name twice', () => assert.equal(new Set(mutations.map(({ name }) => name)).size, mutations.length));
});
