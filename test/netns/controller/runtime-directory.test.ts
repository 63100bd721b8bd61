// The directories of a director have one owner, and the runtime directory is made again when it is removed.

import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { programFile } from '../../../base/installed-programs.ts';
import { connected } from '../listening.ts';
import { until } from '../namespaces.ts';
import { closeHosts, ended, type Host, hasEnded, logs, openHosts, pidOf, signal, sleep } from '../vrrp/hosts.ts';
import { askStatus, configPath, configure, program, router, startConfigured } from './operated-director.ts';

describe('the runtime directory', () => {
  let host: Host;
  beforeEach(() => {
    [host] = openHosts();
    configure(host, [router('vip', 51, 100, ['192.168.55.100/32'])]);
  });
  afterEach(() => closeHosts());

  const start = async () => {
    const director = startConfigured(host);
    await until('it is master', host.holds);
    await until('its processes listen', () =>
      ['vrrp.sock', 'healthcheck.sock'].every((name) => existsSync(join(host.directory, name))),
    );
    return director;
  };

  /** Starts the next controller, which adopts the processes. */
  const assertAdopted = async (pids: readonly (number | undefined)[]): Promise<void> => {
    startConfigured(host);
    await until('it goes on', async () => (await askStatus(host))?.routers[0]?.state === 'master');
    assert.deepEqual([pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')], pids);
    await logs(host, /adopted from an earlier controller/);
  };

  it('has one owner: a second director names it, ends, and changes nothing', async () => {
    const director = await start();
    const before = [pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')];
    const second = startConfigured(host);
    assert.equal(await ended(second), 1);
    assert.match(
      host.log(),
      new RegExp(`regent is already running: process ${director.pid} has the runtime directory`),
    );
    await sleep(500);
    assert.deepEqual([pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')], before);
    assert.equal(host.holds(), true);
    assert.doesNotMatch(host.log(), /lost:|adopted|master -> /);
  });

  it('may be another one, but not with the state of a running director', async () => {
    const director = await start();
    const before = [pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')];
    const elsewhere = `RUNTIME_DIRECTORY=${join(host.directory, 'elsewhere')}`;
    const second = host.start('env', elsewhere, process.execPath, program, 'run', '-c', configPath(host));
    assert.equal(await ended(second), 1);
    assert.match(host.log(), new RegExp(`regent is already running: process ${director.pid} has the state directory`));
    assert.deepEqual([pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')], before);
    assert.equal(host.holds(), true);
    assert.doesNotMatch(host.log(), /lost:|adopted|master -> /);
  });

  it('has the next owner once the first one was killed', async () => {
    const director = await start();
    signal(director.pid ?? 0, 'SIGKILL');
    await ended(director);
    startConfigured(host);
    await until('it answers', async () => (await askStatus(host))?.routers[0]?.state === 'master');
    assert.equal(host.holds(), true);
  });

  it('is made again with all sockets where it was removed, and the next controller adopts what runs', async () => {
    const director = await start();
    const pids = [pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')];
    for (const name of [
      'control.sock',
      'vrrp.sock',
      'healthcheck.sock',
      'vrrp.sock.pid',
      'healthcheck.sock.pid',
      'regent.lock',
    ])
      rmSync(join(host.directory, name));
    await until('a command reaches it', async () => (await askStatus(host)) !== undefined);
    await until('all is there', () =>
      ['vrrp.sock', 'healthcheck.sock'].every((name) => existsSync(join(host.directory, name))),
    );
    await until(
      'their pids are known',
      () => pidOf(host, 'vrrp') === pids[0] && pidOf(host, 'healthcheck') === pids[1],
    );
    signal(director.pid ?? 0, 'SIGKILL');
    await ended(director);
    await assertAdopted(pids);
  });

  it('is made again where it was removed as a whole, and the next controller adopts what runs', async () => {
    const director = await start();
    const pids = [pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')];
    rmSync(host.directory, { recursive: true, maxRetries: 20 });
    await until('a command reaches it', async () => (await askStatus(host)) !== undefined);
    await until('their sockets and pids are there', () =>
      ['vrrp', 'healthcheck'].every((name) =>
        [`${name}.sock`, `${name}.sock.pid`].every((file) => existsSync(join(host.directory, file))),
      ),
    );
    assert.deepEqual([pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')], pids);
    assert.equal(host.holds(), true);
    configure(host, [router('vip', 51, 100, ['192.168.55.100/32'])]);
    signal(director.pid ?? 0, 'SIGKILL');
    await ended(director);
    await assertAdopted(pids);
  });

  it('keeps its director beside programs that say anything on its sockets', async () => {
    await start();
    const pids = [pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')];
    for (const name of ['vrrp.sock', 'healthcheck.sock', 'control.sock'])
      for (const words of ['{"type":"from-a-newer-build"}\n', 'null\n', '\0\xff\n', `${'['.repeat(100_000)}\n`]) {
        const socket = await connected(join(host.directory, name));
        // It may be closed before all is written.
        socket.on('error', () => undefined).write(words);
        await sleep(200);
        socket.destroy();
      }
    await logs(host, /a connection is refused: it does not greet/);
    assert.deepEqual([pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')], pids);
    assert.equal(host.holds(), true);
    assert.doesNotMatch(host.log(), /lost:|master -> |defect/);
  });

  for (const name of ['vrrp', 'healthcheck'] as const)
    it(`is spoken in by builds of two kinds: ${name} outlives a message that it does not know`, async () => {
      const file = programFile(name);
      const path = join(host.directory, `${name}.sock`);
      const child = host.start(process.execPath, file, path);
      const socket = await connected(path);
      let heard = '';
      socket.setEncoding('utf8').on('data', (text: string) => {
        heard += text;
      });
      socket.write(`${JSON.stringify({ type: 'from-a-newer-build' })}\n`);
      await until('it says so', () =>
        /a message of another build is left aside: from-a-newer-build/.test(heard + host.log()),
      );
      await sleep(300);
      assert.equal(hasEnded(child), false);
      socket.destroy();
    });
});
