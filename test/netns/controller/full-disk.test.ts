// A full disk costs no address: what cannot be written is remembered, told, and written once it can be.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, logs, openHosts, pidOf, sleep } from '../vrrp/hosts.ts';
import { addressesOf, askStatus, configPath, configure, program, regent, router } from './operated-director.ts';

describe('a full disk', () => {
  let host: Host;
  beforeEach(() => {
    [host] = openHosts();
  });
  afterEach(() => closeHosts());

  const first = '192.168.55.100/32';
  const second = '192.168.55.101/32';
  const start = (options: string) => {
    configure(host, [router('vip', 51, 100, [first])]);
    const mount = 'mkdir -p "$STATE_DIRECTORY" && mount -t tmpfs -o "$0" tmpfs "$STATE_DIRECTORY" && exec "$@"';
    const run = [process.execPath, program, 'run', '-c', configPath(host)];
    return host.start('unshare', '--mount', 'sh', '-c', mount, options, ...run);
  };
  const inside = (...command: readonly string[]): string =>
    execFileSync('nsenter', [`--target=${pidOf(host, 'vrrp')}`, '--mount', ...command], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
  const state = (): string => join(host.directory, 'state');

  it('keeps the address, adds a new one, says so until it can write, and then writes', async () => {
    const director = start('size=128k');
    await until('it is master', host.holds);
    assert.throws(() => inside('dd', 'if=/dev/zero', `of=${state()}/fill`, 'bs=1k'));
    configure(host, [router('vip', 51, 100, [first, second])]);
    assert.equal(regent(host, 'reload').code, 0);
    await until('it has both', () => [first, second].every((one) => addressesOf(host).includes(one)));
    await logs(host, /cannot write the record of its addresses.*ENOSPC/);
    await until(
      'status warns',
      async () => (await askStatus(host))?.warnings.some((one) => /ENOSPC/.test(one)) === true,
    );
    assert.equal(regent(host, 'health').code, 1);
    await sleep(2500);
    assert.equal(addressesOf(host).includes(first) && addressesOf(host).includes(second), true);
    assert.doesNotMatch(host.log(), /lost:|master -> /);
    assert.equal(director.exitCode, null);
    inside('rm', `${state()}/fill`);
    await logs(host, /the record of its addresses can be written again/);
    assert.match(inside('cat', `${state()}/addresses.json`), /192\.168\.55\.101/);
  });

  it('is no obstacle to a start, nor is one that is read-only', async () => {
    start('size=4k,ro');
    await until('it is master', host.holds);
    await logs(host, /cannot write the record of its addresses.*EROFS/);
    assert.doesNotMatch(host.log(), /lost:/);
  });
});
