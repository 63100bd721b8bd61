// The service manager's socket: its address in both kinds, and the datagrams that arrive.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeUnixAddress, openNotifySocket } from '../../../../kernel/system/notify-socket.ts';
import { listenToNotices } from '../../../servers/notices.ts';

describe('notify socket', () => {
  const rows = [
    { name: '/run/systemd/notify', path: '/run/systemd/notify\0' },
    { name: '@/org/systemd/notify', path: '\0/org/systemd/notify' },
    { name: `/${'x'.repeat(106)}`, path: `/${'x'.repeat(106)}\0` },
    { name: `@${'x'.repeat(107)}`, path: `\0${'x'.repeat(107)}` },
  ];
  for (const { name, path } of rows)
    it(`addresses ${name.slice(0, 24)} of ${name.length} letters`, () =>
      assert.equal(encodeUnixAddress(name)?.subarray(2).toString(), path));
  for (const name of ['', '@', 'relative', 'vsock:2:9999', `/${'x'.repeat(107)}`, `@${'x'.repeat(108)}`])
    it(`has no address for "${name.slice(0, 24)}" of ${name.length} letters`, () =>
      assert.equal(encodeUnixAddress(name), undefined));

  const folder = mkdtempSync(join(tmpdir(), 'regent-notify-'));
  after(() => rmSync(folder, { recursive: true }));
  for (const name of [join(folder, 'notify'), `@regent-notify-${process.pid}`])
    it(`reaches ${name.startsWith('@') ? 'an abstract socket' : 'a socket file'}`, () => {
      const manager = listenToNotices(name);
      const socket = openNotifySocket(name);
      assert.ok(socket.send(['READY=1', 'STATUS=äußerst gut']));
      assert.deepEqual(manager.heard(), [['READY=1', 'STATUS=äußerst gut']]);
      socket.close();
      manager.close();
    });

  it('tells that a listener is too slow, and never waits for it', () => {
    const name = `@regent-notify-slow-${process.pid}`;
    const manager = listenToNotices(name);
    const socket = openNotifySocket(name);
    let taken = 0;
    while (socket.send(['WATCHDOG=1']) && taken < 100_000) taken += 1;
    assert.ok(taken > 0 && taken < 100_000, String(taken));
    socket.close();
    manager.close();
  });

  it('says what is no socket', () =>
    assert.throws(() => openNotifySocket('relative'), { name: 'KernelError', code: 'EINVAL' }));
  it('says that nobody listens', () => {
    const socket = openNotifySocket('@regent-test-nobody');
    assert.throws(() => socket.send(['READY=1']), { name: 'KernelError', code: 'ECONNREFUSED' });
    socket.close();
  });
});
