// Reading a configuration apart from the process that asks: what is no file is refused at once, and what has no end, in time.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { milliseconds } from '../../../../base/units.ts';
import { readConfig } from '../../../../config/source/load.ts';
import { formatProblems } from '../../../../config/source/problem.ts';
import { loadConfig } from '../../../../config/source/reading.ts';

const program = fileURLToPath(new URL('../../../../cli/regent.js', import.meta.url));
const good = 'director: d\nvrrp: { routers: [] }\n';
const large = `${good}virtual_services:\n  - name: s\n    address: 10.0.0.1:80\n    real_servers:\n${Array.from({ length: 60_000 }, (_, index) => `      - { address: 10.1.${index >> 8}.${index & 255}:80 }\n`).join('')}`;

describe('the reading of a configuration', function () {
  this.timeout(60_000);
  let home: string;
  const path = (name: string): string => join(home, name);
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'regent-reading-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  const refusalOf = async (name: string): Promise<string> => {
    const result = await loadConfig(path(name));
    return result.ok ? '' : formatProblems(result.problems, result.more).replaceAll(`${home}/`, '');
  };

  it('gives what is read here and now', async () => {
    const text = `${good}virtual_services:\n  - name: s\n    address: 10.0.0.1:80\n    check: { type: http, path: /x }\n    real_servers: [{ address: 10.0.1.1:80 }]\n`;
    writeFileSync(path('main.yaml'), text);
    assert.deepEqual(await loadConfig(path('main.yaml')), readConfig(path('main.yaml')));
  });

  const strange: [what: string, make: (at: string) => unknown, words: RegExp][] = [
    ['a FIFO', (at) => execFileSync('mkfifo', [at]), /is a FIFO \(named pipe\), not a file/],
    ['a folder', (at) => mkdirSync(at), /is a directory, not a file/],
    ['a device without an end', (at) => symlinkSync('/dev/zero', at), /is a device, not a file/],
    ['a terminal', (at) => symlinkSync('/dev/ptmx', at), /is a device, not a file/],
    ['a link to itself', (at) => symlinkSync(at, at), /ELOOP/],
    [
      'a file of 65 MiB',
      (at) => {
        writeFileSync(at, '');
        truncateSync(at, 65 * 2 ** 20);
      },
      /has more than 64 MiB/,
    ],
  ];
  for (const [what, make, words] of strange) {
    it(`refuses ${what}`, async () => {
      make(path('strange'));
      const refusal = await refusalOf('strange');
      assert.match(refusal, /^strange:1:1: cannot be read: /);
      assert.match(refusal, words);
    });

    it(`refuses to include ${what}`, async () => {
      make(path('strange'));
      writeFileSync(path('main.yaml'), `${good}include: [strange]\n`);
      const refusal = await refusalOf('main.yaml');
      assert.match(
        refusal,
        /^main\.yaml:3:11: "strange" cannot be read: |^main\.yaml:3:11: there is no file "strange"/,
      );
    });
  }

  it('refuses a socket', async () => {
    const server = createServer().listen(path('socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    assert.match(await refusalOf('socket'), /^socket:1:1: cannot be read: ENXIO/);
    server.close();
  });

  it('refuses a file that is included twice, so that a few files are no thousands', async () => {
    for (let index = 0; index < 30; index++)
      writeFileSync(path(`${index}.yaml`), `include: [${index + 1}.yaml, ${index + 1}.yaml]\n`);
    writeFileSync(path('30.yaml'), 'log: {}\n');
    writeFileSync(path('main.yaml'), `${good}include: [0.yaml]\n`);
    assert.match(await refusalOf('main.yaml'), /^0\.yaml:1:19: "1\.yaml" is included already: see 0\.yaml:1:11/);
  });

  it('ends in time, and lets the process that asks work meanwhile', async () => {
    writeFileSync(path('large.yaml'), large);
    let turns = 0;
    const ticker = setInterval(() => turns++, 5);
    const result = await loadConfig(path('large.yaml'), { time: milliseconds(300), mebibytes: 448 });
    clearInterval(ticker);
    assert.match(result.ok ? '' : formatProblems(result.problems), /cannot be read within 300 ms/);
    assert.ok(turns > 10, `${turns} turns`);
  });

  it('leaves the young generation of a director small', () => {
    writeFileSync(path('large.yaml'), large);
    const [heap, reading] = ['base/small-heap.js', 'config/source/reading.js'].map((module) =>
      JSON.stringify(new URL(`../../../../${module}`, import.meta.url).href),
    );
    const script = `
      import { getHeapSpaceStatistics } from 'node:v8';
      const [{ keepHeapSmall }, { loadConfig }] = [await import(${heap}), await import(${reading})];
      keepHeapSmall();
      const { ok } = await loadConfig(${JSON.stringify(path('large.yaml'))}, { onThread: keepHeapSmall });
      const { space_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
      process.stdout.write(String(ok && space_size / 2 ** 20));
    `;
    writeFileSync(path('measure.mjs'), script);
    const run = spawnSync(process.execPath, [path('measure.mjs')], { encoding: 'utf8' });
    assert.ok(Number(run.stdout) > 0 && Number(run.stdout) <= 4, run.stdout + run.stderr);
  });

  it('ends where memory ends, and leaves the process that asks alone', async () => {
    writeFileSync(path('large.yaml'), large);
    const result = await loadConfig(path('large.yaml'), { time: milliseconds(60_000), mebibytes: 32 });
    assert.match(result.ok ? '' : formatProblems(result.problems), /needs more than 32 MiB to be read/);
    assert.equal((await loadConfig(path('large.yaml'))).ok, true);
  });

  it('is what `regent check` does: it waits for no writer', () => {
    execFileSync('mkfifo', [path('fifo')]);
    const run = spawnSync(process.execPath, [program, 'check', path('fifo')], { encoding: 'utf8', timeout: 20_000 });
    assert.equal(run.status, 2);
    assert.match(run.stderr, /fifo:1:1: cannot be read: .*fifo is a FIFO \(named pipe\), not a file/);
  });
});
