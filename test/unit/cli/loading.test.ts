// A command that only asks the director starts at once: it loads neither the schema of configurations nor what reads them.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));

/** The scripts that a command has loaded, as its coverage names them. */
const scriptsOf = (command: string): readonly string[] => {
  const directory = mkdtempSync(join(tmpdir(), 'regent-loading-'));
  const env = { ...process.env, NODE_V8_COVERAGE: directory };
  const { status } = spawnSync(process.execPath, [program, '--socket', '/nowhere.sock', ...command.split(' ')], {
    env,
  });
  const [file = ''] = readdirSync(directory);
  const { result } = JSON.parse(readFileSync(join(directory, file), 'utf8')) as { result: { url: string }[] };
  rmSync(directory, { recursive: true });
  assert.equal(status, 3, 'it has not come as far as to ask');
  return result.map(({ url }) => url);
};

describe('what a command loads', () => {
  for (const command of [
    'status',
    'health',
    'why router vip',
    'reload',
    'drain rs0',
    'handover',
    'resume',
    'replace',
    'events',
    'log',
  ])
    it(`is little for regent ${command}`, () => {
      const scripts = scriptsOf(command);
      assert.ok(scripts.some((url) => url.endsWith('cli/command-line.js')));
      assert.deepEqual(
        scripts.filter((url) => /node_modules\/(?!commander)|dist\/(net|config)\//.test(url)),
        [],
      );
    });
});
