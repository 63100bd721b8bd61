// The checks that ask this host: a script's exit status and output, and the content of a file.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { milliseconds } from '../../../../base/units.ts';
import { LocalFault } from '../../../../healthcheck/network-error.ts';
import type { Outcome } from '../../../../healthcheck/outcome.ts';
import { type Authority, createAuthority } from '../../../servers/certificates.ts';
import { makeTarget } from '../../../servers/checks.ts';
import { judge, probe, timeout } from './loopback-checks.ts';

let authority: Authority;
let folder = '';

before(() => {
  authority = createAuthority();
  folder = mkdtempSync(join(tmpdir(), 'regent-scripts-'));
});
after(() => {
  authority.remove();
  rmSync(folder, { recursive: true });
});

/** A killed process may wait for its parent to notice. */
const isGone = (pid: number): boolean => {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
};

const untilGone = async (pid: number): Promise<void> => {
  const deadline = performance.now() + 10_000;
  while (!isGone(pid) && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(isGone(pid), `process ${pid} outlived its script`);
};

/** The number that a script has written, once it has. */
const pidIn = async (file: string): Promise<number> => {
  const deadline = performance.now() + 10_000;
  const read = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  while (!read().endsWith('\n') && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.match(read(), /^\d+\n$/);
  return Number(read());
};

describe('script check', () => {
  const run = (program: string, keys = {}, limit = timeout): Promise<Outcome> =>
    probe(makeTarget('script', 8080, { command: ['/bin/sh', '-c', program], ...keys }), limit);

  it('gives arguments as they are, and no environment but its own', async () => {
    const dump = `printf '%s|' "$REGENT_ADDRESS" "$REGENT_PORT" "$ROLE" "$HOME" "$1" >&2; exit 1`;
    const command = ['/bin/sh', '-c', dump, 'sh', '$(id); a b'];
    const target = makeTarget('script', 8080, { command, environment: { ROLE: 'db' } });
    assert.equal(judge(await probe(target, timeout)), 'exit status 1: 127.0.0.1|8080|db||$(id); a b|');
  });

  for (const [output, weight, warning] of [
    ['echo hello; echo 7', 7, undefined],
    ['echo 0', 0, undefined],
    ['echo many', undefined, 'the script printed no weight: "many"'],
    ['echo 70000', undefined, 'the script printed no weight: "70000"'],
  ] as const) {
    it(`takes from "${output}" the weight ${weight}`, async () => {
      const { ok, ...outcome } = await run(output, { weight_from_output: true });
      assert.deepEqual([ok, outcome.weight, outcome.warning], [true, weight, warning]);
    });
  }

  for (const [status, ok, weight] of [
    [0, true, undefined],
    [1, false, undefined],
    [2, true, 0],
    [255, true, 253],
  ] as const) {
    it(`takes from exit status ${status} the weight ${weight}`, async () => {
      const outcome = await run(`exit ${status}`, { weight_from_status: true });
      assert.deepEqual([outcome.ok, outcome.weight], [ok, weight]);
    });
  }

  it('takes no weight unless told', async () => assert.equal((await run('echo 7')).weight, undefined));

  it('kills the whole process group at the deadline', async () => {
    const file = join(folder, 'pids');
    const outcome = await run(`(sleep 60 & echo $! >${file}; wait)`, {}, milliseconds(400));
    assert.match(judge(outcome), /^no end of \/bin\/sh within 400 ms$/);
    await untilGone(await pidIn(file));
  });

  it('does not wait for what a script leaves behind, and ends it', async () => {
    const file = join(folder, 'left');
    const outcome = await run(`sleep 60 & echo $! >${file}; exit 0`);
    assert.equal(judge(outcome), 'well');
    assert.ok(outcome.latency < 10_000);
    await untilGone(await pidIn(file));
  });

  for (const [what, leaves] of [
    ['in a session of its own', 'setsid sleep 60'],
    ['in a process group of its own', 'set -m; sleep 60'],
    ['that forked twice', 'setsid sh -c "sleep 60 & exec sleep 60"'],
  ] as const)
    it(`is not held by a child ${what} that keeps the pipes, and ends it`, async () => {
      const file = join(folder, 'held');
      const outcome = await run(`${leaves} & echo $! >${file}; sleep 0.2; echo 7; exit 0`, {
        weight_from_output: true,
      });
      assert.equal(judge(outcome), 'well');
      assert.equal(outcome.weight, 7);
      assert.ok(outcome.latency < 10_000);
      await untilGone(await pidIn(file));
    });

  it('ends what has left group, session and pipes a few seconds later, and nothing of a script that runs', async () => {
    const [left, kept, end] = [join(folder, 'hidden'), join(folder, 'kept'), join(folder, 'end')];
    const long = run(
      `setsid sleep 60 >/dev/null 2>&1 </dev/null & echo $! >${kept}; until [ -e ${end} ]; do sleep 0.1; done`,
      {},
      milliseconds(60_000),
    );
    const outcome = await run(`setsid sleep 60 >/dev/null 2>&1 </dev/null & echo $! >${left}; exit 0`);
    assert.equal(judge(outcome), 'well');
    await untilGone(await pidIn(left));
    assert.ok(!isGone(await pidIn(kept)));
    writeFileSync(end, '');
    assert.equal(judge(await long), 'well');
    await untilGone(await pidIn(kept));
  });

  it('ends at the deadline what has left its group, too', async () => {
    const file = join(folder, 'deserter');
    await run(`setsid sleep 60 & echo $! >${file}; wait`, {}, milliseconds(400));
    await untilGone(await pidIn(file));
  });

  it('says a last line harmlessly', async () => {
    const outcome = await run("printf 'gone\\033[2J\\tnow\\n' >&2; exit 1");
    assert.equal(judge(outcome), 'exit status 1: gone\\x1b[2J\\tnow');
  });

  it('blames this host for a program that is not there or cannot run, and says which', async () => {
    const whyNot = async (program: string): Promise<string> => {
      const fault = await probe(makeTarget('script', 1, { command: [program] }), timeout).catch((error) => error);
      assert.ok(fault instanceof LocalFault);
      return fault.why.replace(`${program}: `, '').replace(`${program} is not run: `, '');
    };
    const make = (content: string): string => {
      const path = authority.file('program', content);
      chmodSync(path, 0o755);
      return path;
    };
    assert.equal(await whyNot('/nonexistent/x'), 'it is missing');
    const plain = authority.file('plain.txt', 'no program');
    assert.equal(await whyNot(plain), `${plain} is not executable`);
    assert.equal(await whyNot(make('#!/nonexistent/python9 -u\n')), 'its interpreter /nonexistent/python9 is missing');
    assert.equal(
      await whyNot(make('#!/bin/sh\r\nexit 0\r\n')),
      'its interpreter /bin/sh\\r is missing (its lines end in CR LF)',
    );
  });
});

describe('file check', () => {
  const rows: [content: string | undefined, keys: object, judged: string][] = [
    ['UP', {}, 'well undefined'],
    ['down', {}, '/state says down'],
    [undefined, {}, '/state is missing'],
    [undefined, { missing: 'up' }, 'well undefined'],
    ['7\n', { content: 'weight' }, 'well 7'],
    ['0', { content: 'weight' }, 'well 0'],
    ['', {}, 'Cannot probe 127.0.0.1:1/file: /state holds neither "up" nor "down": ""'],
    ['-1', { content: 'weight' }, 'Cannot probe 127.0.0.1:1/file: /state holds no weight from 0 to 65535: "-1"'],
  ];
  for (const [content, keys, judged] of rows) {
    it(`${JSON.stringify(content ?? 'missing')} with ${JSON.stringify(keys)}: ${judged}`, async () => {
      const path = join(folder, 'state');
      rmSync(path, { force: true });
      if (content !== undefined) writeFileSync(path, content);
      const told = await probe(makeTarget('file', 1, { path, ...keys }), timeout).then(
        (outcome) => (outcome.ok ? `well ${outcome.weight}` : String(outcome.error)),
        (error: Error) => error.message,
      );
      assert.equal(told.replace(folder, ''), judged);
    });
  }
});
