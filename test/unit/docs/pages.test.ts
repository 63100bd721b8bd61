// The pages that are made from the program are what it makes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { pages } from '../../../docs/pages.ts';

describe('what is made from the program', () => {
  for (const [name, write] of Object.entries(pages))
    it(`${name} is what npm run docs writes`, () => assert.equal(readFileSync(name, 'utf8'), write()));
});
