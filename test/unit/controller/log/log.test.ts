// The log as it leaves the process: to a terminal or the journal of systemd, to files that rotate, by levels that change meanwhile.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const module = new URL('../../../../controller/log/log.js', import.meta.url).href;

describe('the log', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-log-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs a script that has `logs`, opened with this configuration, and reads what it wrote to its standard output. */
  const run = (config: object, script: string, isJournal = false): string[] => {
    const path = join(folder, 'out');
    const output = openSync(path, 'w');
    const { dev, ino } = fstatSync(output);
    const text = `import { openLog } from '${module}'; const logs = openLog('lb0', ${JSON.stringify(config)}); const { log } = logs; ${script}; await logs.close();`;
    const { stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', text], {
      stdio: ['ignore', output, 'pipe'],
      encoding: 'utf8',
      env: { ...process.env, JOURNAL_STREAM: isJournal ? `${dev}:${ino}` : '1:1' },
    });
    closeSync(output);
    assert.deepEqual([stderr, status], ['', 0]);
    return readFileSync(path, 'utf8').trim().split('\n');
  };
  const info = `log('info', { process: 'vrrp', subject: 'vip' }, 'happened')`;

  it('has no priorities where its output is not the journal', () => {
    assert.match(run({ level: 'info', format: 'text' }, info)[0] ?? '', /^\d{4}-\S+ info {2}lb0 {2}vrrp/);
    assert.match(run({ level: 'info', format: 'json' }, info)[0] ?? '', /^\{.*"message":"happened"/);
  });
  it('has the priorities of the journal of systemd there, as text and as JSON', () => {
    const error = `log('error', { process: 'ipvs' }, 'failed')`;
    assert.deepEqual(run({ level: 'info', format: 'text' }, `${info}; ${error}`, true), [
      '<6>vrrp     vip        happened',
      '<3>ipvs     -          failed',
    ]);
    const [first = '', second = ''] = run({ level: 'info', format: 'json' }, `${info}; ${error}`, true);
    assert.match(second, /^<3>\{/);
    const { message, subject } = JSON.parse(first.replace('<6>', '')) as { message: string; subject: string };
    assert.deepEqual([message, subject], ['happened', 'vip']);
  });

  it('names what happened in JSON, beside its facts, and not in text', () => {
    const named = `log('warn', { process: 'ipvs', subject: 'web', event: 'quorum' }, 'lost', { event: { type: 'other', weight: 3 } })`;
    const [json = ''] = run({ level: 'info', format: 'json' }, named);
    assert.deepEqual((JSON.parse(json) as { event: unknown }).event, { type: 'quorum', weight: 3 });
    assert.match(run({ level: 'info', format: 'text' }, named)[0] ?? '', / web {8}lost$/);
  });

  it('changes the level of one room while it runs, and back with the configuration', () => {
    const debug = (room: string, text: string): string => `log('debug', { process: '${room}' }, '${text}')`;
    const lines = run(
      { level: 'info', format: 'text' },
      `${debug('vrrp', 'one')}; logs.setLevel('vrrp', 'debug'); ${debug('vrrp', 'two')}; ${debug('ipvs', 'three')};
       logs.configure({ level: 'info', format: 'text' }); ${debug('vrrp', 'four')}; ${info}`,
    );
    assert.deepEqual(
      lines.map((line) => line.split(' ').at(-1)),
      ['two', 'happened'],
    );
  });

  it('rotates its file, keeps so many, and the newest under the name that was given', () => {
    const path = join(folder, 'regent.log');
    const script = `for (let i = 0; i < 400; i++) { log('info', { process: 'vrrp' }, 'line ' + i); if (i % 20 === 0) await new Promise((go) => setTimeout(go, 5)); }`;
    run({ level: 'info', format: 'text', file: { path, maxSize: 5000, keep: 3 } }, script);
    const files = readdirSync(folder).filter((name) => name.startsWith('regent'));
    assert.equal(files.length, 3, files.join());
    for (const name of files) assert.ok(statSync(join(folder, name)).size < 10_000, name);
    // The newest may have been begun by the last line.
    const texts = ['regent2.log', 'regent1.log', 'regent.log'].map((name) => readFileSync(join(folder, name), 'utf8'));
    const numbers = [...texts.join('').matchAll(/line (\d+)/g)].map(([, number]) => Number(number));
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => 400 - numbers.length + index),
    );
  });
});
