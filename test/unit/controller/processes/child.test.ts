// A supervised process that dies, that cannot be started, and that is replaced: real processes, and how often they are started.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { milliseconds } from '../../../../base/units.ts';
import { type Child, superviseChild } from '../../../../controller/processes/child.ts';

/** Listens at its first argument as a process of the director does, and lives. */
const living = `require('node:fs').rmSync(process.argv[1], { force: true });
  require('node:net').createServer((peer) => { peer.on('error', () => {}); setInterval(() => peer.write('\\n'), 200); })
  .listen(process.argv[1]);`;

describe('a supervised process', () => {
  let folder = '';
  let child: Child<unknown> | undefined;
  let said: string[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-child-'));
    said = [];
  });
  afterEach(() => {
    const pid = child?.state().pid;
    child?.release();
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true });
  });

  const supervise = (...command: string[]): Child<unknown> => {
    // The end of this one must not be noted in the next test.
    const own = said;
    child = superviseChild({
      socket: join(folder, 'a.sock'),
      command: () => command,
      build: () => '1.0+abc',
      onConnect: (adopted) => said.push(adopted ? 'adopted' : 'started'),
      onMessage: () => undefined,
      onLoss: (why, follows) => said.push(`${why}; ${follows}`),
      onEnd: () => own.push('ended'),
    });
    return child;
  };
  const until = async (holds: () => boolean): Promise<void> => {
    const deadline = performance.now() + 10_000;
    while (!holds()) {
      if (performance.now() > deadline) assert.fail(said.join(' | '));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };

  it('that dies at once is started ever more rarely, and status tells of it', async () => {
    const counter = join(folder, 'starts');
    writeFileSync(counter, '');
    const { state } = supervise('sh', '-c', `echo started >>${counter}; exit 3`);
    const begin = performance.now();
    await until(() => said.length >= 4);
    // 100 + 200 + 400 ms lie before the fourth loss.
    assert.ok(performance.now() - begin >= 650, `after ${performance.now() - begin} ms`);
    assert.equal(readFileSync(counter, 'utf8').split('\n').length - 1, 4);
    assert.match(said[0] ?? '', /ended before it answered \(3\); it is started again in 100 ms$/);
    assert.match(said[3] ?? '', /started again in 800 ms \(lost 4 times in a row\)/);
    const { pid, losses, restarts, lastLoss, startsAgainIn = 0 } = state();
    assert.deepEqual([pid, losses, restarts], [undefined, 4, 4]);
    assert.match(lastLoss?.why ?? '', /\(3\)/);
    assert.ok(startsAgainIn > 0);
  });

  it('whose program is not there is tried again, too', async () => {
    supervise(join(folder, 'none'));
    await until(() => said.length >= 2);
    assert.match(said[1] ?? '', /ENOENT; it is started again in 200 ms/);
  });

  it('that ends after it was released is neither a loss nor started again', async () => {
    const { state, release } = supervise(process.execPath, '-e', living);
    await until(() => said.length === 1);
    const { pid = 0 } = state();
    release();
    process.kill(pid, 'SIGKILL');
    await until(() => said.length === 2);
    assert.deepEqual(said, ['started', 'ended']);
  });

  it('that is renewed is started at once, which is no loss', async () => {
    const { state, renew } = supervise(process.execPath, '-e', living);
    await until(() => said.length === 1);
    const { pid = 0, build, startTook } = state();
    assert.equal(build, '1.0+abc');
    assert.ok(startTook !== undefined && startTook > 0);
    renew();
    process.kill(pid, 'SIGKILL');
    await until(() => said.length === 2);
    assert.deepEqual(said, ['started', 'started']);
    assert.deepEqual([state().losses, state().lastLoss], [0, undefined]);
    assert.notEqual(state().pid, pid);
  });

  it('that is replaced is not taken for the one before it, which listens for a moment longer', async () => {
    const listening = join(folder, 'listening');
    const pids = (): string[] => readFileSync(listening, 'utf8').trim().split('\n');
    process.env.REGENT_TEST_SCRIPT = `${living} require('node:fs').appendFileSync('${listening}', process.pid + '\\n');`;
    // What is killed is the shell; its child stays.
    const { replace } = supervise('sh', '-c', `sleep 0.3; ${process.execPath} -e "$REGENT_TEST_SCRIPT" "$0" & wait`);
    await until(() => said.length === 1);
    replace();
    await until(() => said.length === 2);
    // It listens a moment before it has written its pid.
    await until(() => pids().length === 2);
    delete process.env.REGENT_TEST_SCRIPT;
    for (const pid of pids()) process.kill(Number(pid), 'SIGKILL');
    assert.deepEqual(said, ['started', 'started']);
  });

  const isAlive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };

  it('that is stopped while it starts does not go on starting', async () => {
    const pidFile = join(folder, 'pid');
    const { stop } = supervise('sh', '-c', `echo $$ >${pidFile}; exec sleep 60`);
    await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').endsWith('\n'));
    await stop({ type: 'stop' }, milliseconds(60_000));
    await until(() => !isAlive(Number(readFileSync(pidFile, 'utf8'))));
    assert.deepEqual(said, []);
  });

  it('that is stopped before its command line can be read ends, too', async () => {
    const marker = join(folder, 'went-on');
    const { stop } = supervise('sh', '-c', `sleep 0.3; echo >${marker}`);
    await stop({ type: 'stop' }, milliseconds(60_000));
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.equal(existsSync(marker), false);
  });

  it('that does not end when it is asked to is killed', async () => {
    const { stop, state } = supervise(process.execPath, '-e', living);
    await until(() => said.length === 1);
    const { pid = 0 } = state();
    await stop({ type: 'stop' }, milliseconds(50));
    await until(() => !isAlive(pid));
    assert.deepEqual([said, state().pid], [['started'], undefined]);
  });

  it('is adopted by the next controller, which knows its build but not how long its start took', async () => {
    supervise(process.execPath, '-e', living).release();
    await until(() => said.length === 1);
    const first = child?.state();
    const { state } = supervise(process.execPath, '-e', living);
    await until(() => said.length === 2);
    assert.deepEqual(said, ['started', 'adopted']);
    assert.deepEqual(state(), { ...first, startTook: undefined });
  });
});
