// The Ansible role, judged by its own linter; and that it sets what provision/director.sh sets.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';

const role = 'provision/ansible/roles/regent';

describe('the Ansible role', function () {
  this.timeout(120_000);
  it('has no finding of ansible-lint', () => {
    const { stdout, stderr, status } = spawnSync('ansible-lint', ['--offline', '-q', 'site.yml', 'roles/regent'], {
      cwd: 'provision/ansible',
      encoding: 'utf8',
    });
    assert.equal(stdout, '', stderr);
    assert.equal(status, 0, stderr);
  });

  it('has the modules and settings of provision/director.sh', () => {
    const script = readFileSync('provision/director.sh', 'utf8');
    const defaults = load(readFileSync(`${role}/defaults/main.yml`, 'utf8')) as {
      readonly regent_sysctls: Readonly<Record<string, number>>;
      readonly regent_modules: readonly string[];
    };
    const block = (name: string): string[] =>
      (new RegExp(`put "\\$${name}" <<'END'[^\\n]*\\n([^]*?)\\nEND\\n`).exec(script)?.[1] ?? '')
        .split('\n')
        .filter((line) => !line.startsWith('#'));
    assert.deepEqual(defaults.regent_modules, block('modules'));
    assert.deepEqual(
      Object.entries(defaults.regent_sysctls).map(([name, value]) => `${name} = ${value}`),
      block('settings'),
    );
  });
});
