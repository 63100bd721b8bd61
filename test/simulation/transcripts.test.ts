// Scenarios of testdata/: what happens in each is reviewed as a difference of its text. REGENT_WRITE=1 writes what happens now.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.ts';
import { formatScenario, parseScenario } from './scenario.ts';

const folder = 'test/simulation/testdata';

describe('a transcript', () => {
  for (const name of readdirSync(folder))
    it(name, () => {
      const path = join(folder, name);
      const before = readFileSync(path, 'utf8');
      const [head = ''] = before.split('----\n');
      const comment = head.split('\n').filter((line) => line.startsWith('#'));
      const scenario = parseScenario(head);
      const { failure, lines } = run(scenario, true);
      const after = `${comment.join('\n')}\n${formatScenario(scenario)}----\n${lines.join('\n')}\n`;
      if (process.env.REGENT_WRITE === '1') writeFileSync(path, after);
      assert.equal(failure, undefined);
      assert.equal(after, process.env.REGENT_WRITE === '1' ? after : before);
    });
});
