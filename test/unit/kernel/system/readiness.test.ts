// Descriptors that become readable.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { clearEvent, closeDescriptor, openEvent, signalEvent } from '../../../../kernel/system/libc.ts';
import { watchReadable } from '../../../../kernel/system/readiness.ts';

const sleep = (span: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, span));

/** Waits until the condition holds, 5 s at most, then a moment more for what must not follow. */
const settled = async (condition: () => boolean): Promise<void> => {
  const end = performance.now() + 5000;
  while (!condition() && performance.now() < end) await sleep(5);
  await sleep(20);
};
const modules = fileURLToPath(new URL('../../../../kernel/', import.meta.url));

/** Runs a script that has both modules at hand, and says how many milliseconds it ran once they were loaded. */
const run = (script: string) => {
  const imports = `import { openEvent, signalEvent } from '${modules}system/libc.js'; import { watchReadable } from '${modules}system/readiness.js';`;
  const clock = `const start = performance.now(); process.on('exit', () => console.error(performance.now() - start));`;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', imports + clock + script], {
    encoding: 'utf8',
    timeout: 15_000,
  });
  return { ...result, took: Number(result.stderr.trim().split('\n').at(-1)) };
};

describe('watching descriptors', () => {
  const open: number[] = [];
  const event = (): number => {
    const fd = openEvent();
    open.push(fd);
    return fd;
  };
  after(() => open.forEach(closeDescriptor));

  it('calls back once for each time that one becomes readable', async () => {
    const fd = event();
    let calls = 0;
    const watch = watchReadable(fd, () => {
      clearEvent(fd);
      calls += 1;
    });
    await sleep(20);
    assert.equal(calls, 0);
    for (const expected of [1, 2, 3]) {
      signalEvent(fd);
      await settled(() => calls >= expected);
      assert.equal(calls, expected);
    }
    watch.close();
  });

  it('tells descriptors apart', async () => {
    const seen: string[] = [];
    const watches = ['a', 'b', 'c'].map((name) => {
      const fd = event();
      const watch = watchReadable(fd, () => {
        clearEvent(fd);
        seen.push(name);
      });
      return { fd, watch };
    });
    for (const index of [2, 0]) signalEvent(watches[index]?.fd ?? -1);
    await settled(() => seen.length >= 2);
    assert.deepEqual(seen.sort(), ['a', 'c']);
    for (const { watch } of watches) watch.close();
  });

  it('calls again, but does not spin, while something is left to read', async () => {
    const fd = event();
    let calls = 0;
    const watch = watchReadable(fd, () => {
      calls += 1;
    });
    signalEvent(fd);
    const start = performance.now();
    const before = process.cpuUsage();
    await sleep(200);
    await settled(() => calls > 10);
    const { user, system } = process.cpuUsage(before);
    const took = performance.now() - start;
    watch.close();
    assert.ok(calls > 10 && calls <= took, `${calls} calls in ${took} ms`);
    assert.ok((user + system) / 1000 < 0.75 * took, `${user + system} us of CPU in ${took} ms`);
  });

  it('is silent after it was closed, also by its own callback', async () => {
    const fd = event();
    let calls = 0;
    const watch = watchReadable(fd, () => {
      calls += 1;
      watch.close();
    });
    signalEvent(fd);
    await settled(() => calls >= 1);
    assert.equal(calls, 1);
    clearEvent(fd);
    watchReadable(fd, () => undefined).close();
  });

  it('refuses a descriptor that is closed', () =>
    assert.throws(() => watchReadable(987_654, () => undefined), { name: 'KernelError', code: 'EBADF' }));

  it('lets process.exit() end the process at once', () => {
    const { status, took } = run('watchReadable(openEvent(), () => {}); setTimeout(() => process.exit(7), 100);');
    assert.equal(status, 7);
    assert.ok(took < 10_000, `${took} ms`);
  });

  it('keeps the process until the last watch is closed', () => {
    const { status, took } = run(
      'const watch = watchReadable(openEvent(), () => {}); setTimeout(() => watch.close(), 300);',
    );
    assert.equal(status, 0);
    assert.ok(took >= 300 && took < 10_000, `${took} ms`);
  });

  it('leaves what a callback throws uncaught, and goes on', () => {
    const { stdout, status } = run(`
      process.on('uncaughtException', (error) => console.log('caught', error.message));
      const fd = openEvent();
      let calls = 0;
      watchReadable(fd, () => { calls += 1; if (calls === 3) process.exit(0); throw new Error('number ' + calls); });
      signalEvent(fd);`);
    assert.equal(stdout, 'caught number 1\ncaught number 2\n');
    assert.equal(status, 0);
  });
});
