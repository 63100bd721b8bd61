// Every test file runs in CI, in one suite: the other Nodes alone repeat some.

import assert from 'node:assert/strict';
import { globSync } from 'tinyglobby';
import { inCi } from '../runner/suites.ts';

const filesOf = (command: readonly string[]): readonly string[] =>
  command.filter((word) => word.endsWith('.test.js')).toSorted();

describe('the suites of CI', () => {
  it('take each test file once', () => {
    const suites = inCi.filter(({ name }) => !name.startsWith('node-'));
    const taken = suites.flatMap(({ command }) => filesOf(command())).toSorted();
    assert.deepEqual(taken, globSync('dist/test/**/*.test.js').toSorted());
  });

  it('take the named files alone where some are tried again', () => {
    const again = ['dist/test/some.test.js'];
    for (const { name, command, isOneTest } of inCi)
      if (isOneTest !== true) assert.deepEqual(filesOf(command(again)), again, name);
  });
});
