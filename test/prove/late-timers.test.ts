// The doctor finds late timers while something keeps the processors, and none once it is gone.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readScheduling } from '../../kernel/system/scheduling.ts';
import { until } from '../netns/namespaces.ts';

const program = fileURLToPath(new URL('../../cli/regent.js', import.meta.url));
/** Without real-time scheduling of its own the doctor waits behind what has it. */
const withoutRealTime = ['setpriv', '--bounding-set', '-sys_nice', '--inh-caps', '-sys_nice'];

describe('late timers', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-doctor-'));
    writeFileSync(
      join(folder, 'regent.yaml'),
      `director: lb0
vrrp:
  routers:
    - { name: vip, interface: none, virtual_router_id: 51, advertisement_interval: 30ms, addresses: [192.0.2.1] }
`,
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  const examine = async (...prefix: readonly string[]): Promise<string> => {
    const file = join(folder, 'regent.yaml');
    const command = [...prefix, process.execPath, program, 'doctor', '-c', file, '--listen', '1ms'];
    const [first = '', ...rest] = command;
    const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await once(child, 'close');
    return text;
  };

  it('are found while something keeps the processors, and not when it is gone', async () => {
    // One on each processor: two that share one would leave another free.
    const hogs = Array.from({ length: availableParallelism() }, (_, processor) =>
      spawn('taskset', ['-c', String(processor), 'chrt', '--rr', '20', 'sh', '-c', 'while :; do :; done'], {
        stdio: ['ignore', 'ignore', 'inherit'],
      }),
    );
    const isRealTime = ({ pid }: ChildProcess): boolean =>
      pid !== undefined && readScheduling(pid).some(({ policy }) => policy === 'round-robin');
    let found = '';
    try {
      await until('all of it runs in real time', () => hogs.every(isRealTime));
      found = await examine(...withoutRealTime);
    } finally {
      for (const hog of hogs) hog.kill('SIGKILL');
    }
    assert.match(found, /its timers are late by up to \d+ ms with advertisements every 30 ms/);
    assert.doesNotMatch(await examine(), /timers are late/);
  });
});
