// Weights as scripts print them and files hold them.

import assert from 'node:assert/strict';
import { parseWeight } from '../../../../healthcheck/checks/weight.ts';

describe('weight', () => {
  for (const [text, weight] of [
    ['0', 0],
    [' 7\n', 7],
    ['65535', 65_535],
    ['65536', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['', undefined],
    ['7 8', undefined],
    ['seven', undefined],
  ] as const) {
    it(`reads ${JSON.stringify(text)} as ${weight}`, () => assert.equal(parseWeight(text), weight));
  }
});
