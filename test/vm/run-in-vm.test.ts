// A command in the virtual machine behaves as one on the host: exit code, exact output, its files, signals, nothing left behind.

import { strict as assert } from 'node:assert';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInVm } from '../../lab/vm/run-in-vm.ts';
import { collect, processes, said, start, until } from './calls.ts';

describe('the virtual machine', () => {
  const exchange = mkdtempSync(join(tmpdir(), 'rv-exchange-'));
  after(() => rmSync(exchange, { recursive: true }));

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

  it('that does not boot in time says so', () =>
    assert.rejects(
      runInVm(['true'], { patience: 20 }),
      /Cannot run true in the virtual machine: it did not boot within 0\.02 s/,
    ));

  for (const [signal, code, how] of [
    ['SIGINT', 7, 'reaches the command, whose exit code counts'],
    ['SIGKILL', null, 'of the caller ends the machine too'],
  ] as const)
    it(`${signal} ${how}; nothing is left`, async () => {
      const child = start('--', 'bash', '-c', "trap 'exit 7' INT; echo up; for ((;;)); do sleep 0.1; done");
      const ended = collect(child);
      await said(child);
      const children = processes().filter(({ parent }) => parent === String(child.pid));
      const [emulator, ...others] = children.filter(({ words }) => !words.startsWith('sh\0'));
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
});
