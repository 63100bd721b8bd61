// A command in the virtual machine behaves as one on the host: exit code, exact output, its files, signals, nothing left behind.

import { strict as assert } from 'node:assert';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const run = join(import.meta.dirname, '../../lab/vm/run.js');

const start = (...words: string[]): ChildProcess =>
  spawn(process.execPath, [run, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });

const collect = async (
  child: ChildProcess,
): Promise<{ readonly code: number | null; readonly out: Buffer; readonly error: string }> => {
  const out: Buffer[] = [];
  const error: Buffer[] = [];
  child.stdout?.on('data', (bytes: Buffer) => out.push(bytes));
  child.stderr?.on('data', (bytes: Buffer) => error.push(bytes));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out: Buffer.concat(out), error: Buffer.concat(error).toString() };
};

type Process = { readonly pid: string; readonly parent: string; readonly session: string; readonly words: string };

const processes = (): readonly Process[] =>
  readdirSync('/proc').flatMap((pid) => {
    try {
      const [, parent = '', , session = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return [{ pid, parent, session, words: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }];
    } catch {
      return [];
    }
  });

const until = async (holds: () => boolean): Promise<void> => {
  const deadline = Date.now() + 5000;
  while (!holds() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(holds());
};

describe('the virtual machine', () => {
  const exchange = mkdtempSync(join(tmpdir(), 'rv-exchange-'));
  after(async () => {
    rmSync(exchange, { recursive: true });
    await collect(start('--down'));
  });

  it('passes exit code, both streams byte by byte, the folder and written files, and has IPVS', async () => {
    const script = `
      printf 'a\\r\\nb\\tc\\0d'; printf 'to error\\r\\n' >&2; seq 20000
      [ "$PWD" = '${process.cwd()}' ] || exit 1
      touch '${exchange}/written' && ! touch /usr/forgotten/x 2>/dev/null && touch /usr/forgotten || exit 2
      ipvsadm -L -n | grep -q 'IP Virtual Server' || exit 3
      [ "$(ip -br link | cut -d' ' -f1)" = lo ] || exit 4
      printf 'the end'; exit 42`;
    const { code, out, error } = await collect(start('--exchange', exchange, '--', 'bash', '-c', script));
    // Before it the kind of machine may be told.
    assert.match(error, /^(The small machine is .+\n)?to error\r\n$/);
    assert.equal(code, 42);
    const lines = Array.from({ length: 20000 }, (_, index) => `${index + 1}\n`).join('');
    assert.equal(out.toString(), `a\r\nb\tc\0d${lines}the end`);
    assert.ok(existsSync(join(exchange, 'written')));
    assert.ok(!existsSync('/usr/forgotten'));
  });

  for (const [signal, code, how] of [
    ['SIGINT', 7, 'reaches the command, whose exit code counts'],
    ['SIGKILL', null, 'of the caller ends the machine too'],
  ] as const)
    it(`${signal} ${how}; nothing is left`, async () => {
      const child = start('--', 'bash', '-c', "trap 'exit 7' INT; echo up; for ((;;)); do sleep 0.1; done");
      const ended = collect(child);
      await new Promise((resolve) => child.stdout?.once('data', resolve));
      const [emulator, ...others] = processes().filter(({ parent }) => parent === String(child.pid));
      assert.match(emulator?.words ?? '', /qemu|^[^\0]*\/linux\0/);
      assert.deepEqual(others, []);
      const folder = /[^=,\0]*\/regent-vm-[^/\0]+/.exec(emulator?.words ?? '')?.[0] ?? '';
      child.kill(signal);
      assert.equal((await ended).code, code);
      // Each process inside user-mode Linux is a process of the host, too.
      await until(() => processes().every(({ session }) => session !== emulator?.pid));
      assert.match(folder, /regent-vm-/);
      assert.ok(!existsSync(folder));
    });

  it('that is kept serves one command after the other, and ends what a killed caller left', async () => {
    assert.equal((await collect(start('--keep', '--', 'true'))).code, 0);
    const left = start('--keep', '--', 'bash', '-c', 'echo up; exec sleep 1234');
    await new Promise((resolve) => left.stdout?.once('data', resolve));
    const find = async (): Promise<string> =>
      (await collect(start('--keep', '--', 'sh', '-c', "grep -lsz '^1234$' /proc/[0-9]*/cmdline"))).out.toString();
    assert.match(await find(), /^\/proc\/\d+\/cmdline\n$/);
    left.kill('SIGKILL');
    let found = 'not asked';
    for (let tries = 0; found !== '' && tries < 10; tries++) found = await find();
    assert.equal(found, '');
  });
});
