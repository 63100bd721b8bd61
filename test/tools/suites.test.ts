// Every test file runs in CI, in one suite: the other Nodes alone repeat some.

import assert from 'node:assert/strict';
import { globSync } from 'tinyglobby';
import { shared } from '../runner/on-nodes.ts';
import { inCi, suiteOf } from '../runner/suites.ts';

const filesOf = (command: readonly string[]): readonly string[] =>
  command.filter((word) => word.endsWith('.test.js')).toSorted();

describe('the suites of CI', () => {
  it('take each test file once', () => {
    const suites = inCi.filter(({ name }) => !/^(unit|start)-on-/.test(name));
    const taken = suites.flatMap(({ command }) => filesOf(command())).toSorted();
    assert.deepEqual(taken, globSync('dist/test/**/*.test.js').toSorted());
  });

  it('take the named files alone where some are tried again', () => {
    const again = ['dist/test/some.test.js'];
    for (const { name, command, isOneTest } of inCi)
      if (isOneTest !== true) assert.deepEqual(filesOf(command(again)), again, name);
  });

  it('that are shared between two Nodes take nothing but theirs', () => {
    const onNodes = inCi.filter(({ name }) => name.includes('-on-'));
    assert.ok(onNodes.length > 20);
    for (const { name, command } of onNodes) {
      const [, major = ''] = /-on-(\d+)$/.exec(name) ?? [];
      const programs = command().filter((word) => word.endsWith('/node'));
      assert.ok(programs.length > 0, name);
      if (process.versions.node.startsWith(`${major}.`))
        assert.deepEqual(new Set(programs), new Set([process.execPath]));
      else for (const program of programs) assert.match(program, new RegExp(`/\\.cache/node/node-${major}\\.`), name);
    }
  });

  it('run a file on the other Node after the next commit', () => {
    for (const name of ['vrrp', 'ipvs', 'fuzz']) {
      const suite = suiteOf(name);
      assert.ok(suite);
      const onOldest = [0, 1].map((turn) =>
        shared([suite], turn)
          .filter((part) => part.name.endsWith('-on-20'))
          .flatMap(({ command }) => filesOf(command())),
      );
      assert.deepEqual(onOldest.flat().toSorted(), filesOf(suite.command()), name);
    }
  });
});
