// The past that `regent events` shows, from a file of records.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { widthOf } from '../../../cli/status.ts';

const program = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));
const line = (at: number, message: string): string =>
  `${JSON.stringify({ timestamp: new Date(at).toISOString(), director: 'lb0', level: 'info', process: 'vrrp', message })}\n`;

describe('regent events', () => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-events-'));
  const file = join(folder, 'log');
  const begin = Date.now() - 60_000;
  before(() =>
    writeFileSync(file, Array.from({ length: 15 }, (_, index) => line(begin + index, `past ${index}`)).join('')),
  );
  after(() => rmSync(folder, { recursive: true }));

  const shown = (...args: string[]): string[] => {
    const { stdout, status } = spawnSync(process.execPath, [program, 'events', '--from', file, '--json', ...args], {
      encoding: 'utf8',
    });
    assert.equal(status, 0);
    return stdout.split('\n').flatMap((text) => (text === '' ? [] : [String(JSON.parse(text).message)]));
  };

  it('shows all of the past', () => assert.equal(shown().length, 15));
  it('shows its end', () => assert.deepEqual(shown('--lines', '2'), ['past 13', 'past 14']));
  it('shows the end of what was since', () =>
    assert.deepEqual(shown('--since', new Date(begin + 14).toISOString(), '--lines', '2'), ['past 14']));
  it('refuses lines that are no number', () => {
    const { status } = spawnSync(process.execPath, [program, 'events', '--from', file, '--lines', 'all']);
    assert.equal(status, 2);
  });

  it('follows after the end of the past', async () => {
    const child = spawn(process.execPath, [program, 'events', '--from', file, '--json', '--follow']);
    try {
      const seen: string[] = [];
      for await (const text of createInterface({ input: child.stdout })) {
        seen.push(String(JSON.parse(text).message));
        if (seen.length === 10) appendFileSync(file, line(Date.now() + 1000, 'news'));
        if (seen.at(-1) === 'news') break;
      }
      assert.deepEqual(seen, [...Array.from({ length: 10 }, (_, index) => `past ${index + 5}`), 'news']);
    } finally {
      child.kill();
    }
  });
});

describe('the width of the status', () => {
  for (const [columns, width] of [
    [undefined, Number.POSITIVE_INFINITY],
    [0, 80],
    [132, 132],
  ] as const)
    it(`is ${width} where the terminal says ${columns}`, () => assert.equal(widthOf(columns), width));
});
