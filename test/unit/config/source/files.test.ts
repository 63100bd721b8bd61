// Configurations of files: the directors' own, and one that is not there.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DirectorConfig } from '../../../../config/model/model.ts';
import { readConfig } from '../../../../config/source/load.ts';
import { formatProblems } from '../../../../config/source/problem.ts';

const configOf = (file: string): DirectorConfig => {
  const result = readConfig(file);
  return result.ok ? result.config : assert.fail(formatProblems(result.problems));
};

describe('readConfig', () => {
  for (const [name, priority] of [
    ['lb0', 150],
    ['lb1', 100],
  ] as const) {
    it(`loads the lab's ${name}`, () => {
      const config = configOf(`config/${name}.yaml`);
      assert.equal(config.director, name);
      assert.deepEqual(
        config.vrrp.routers.map((one) => [one.interface, one.virtualRouterId, one.priority, one.addresses[0]?.address]),
        [
          ['enp0s9', 51, priority, '192.168.55.100'],
          ['enp0s8', 52, priority, '192.168.66.100'],
        ],
      );
      assert.deepEqual(
        config.virtualServices[0]?.realServers.map((server) => server.name),
        ['rs0', 'rs1'],
      );
    });

    it(`loads the seed's ${name}`, () => {
      const config = configOf(`config/seed/${name}.yaml`);
      assert.equal(config.vrrp.routers[0]?.lease, 'off');
      assert.equal(config.virtualServices[0]?.snat, true);
    });
  }

  it('names an included folder as what it is, at its place', () => {
    const folder = mkdtempSync(join(tmpdir(), 'regent-include-'));
    try {
      const file = join(folder, 'regent.yaml');
      for (const pattern of [folder, '.', '..']) {
        writeFileSync(file, `director: lb0\nvrrp: { routers: [] }\ninclude: ${pattern}\n`);
        const result = readConfig(file);
        assert.ok(!result.ok);
        assert.match(formatProblems(result.problems), /:3:10: ".*" cannot be read: .* is a directory, not a file/);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names a file that cannot be read', () => {
    const result = readConfig('/nonexistent/regent.yaml');
    assert.ok(!result.ok);
    assert.match(formatProblems(result.problems), /^\/nonexistent\/regent\.yaml:1:1: cannot be read: ENOENT/);
  });
});
