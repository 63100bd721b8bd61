// Scripts of health checks are run as tracked and notified ones are: never with the director's privileges, never what others may write.

import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, logs, openHosts, sleep } from '../vrrp/hosts.ts';
import { askStatus, configPath, configure, program, regent, router } from './operated-director.ts';

describe('a script of a health check', () => {
  let host: Host;
  let folder = '';
  let ran = '';
  beforeEach(() => {
    [host] = openHosts();
    folder = join(host.directory, 'scripts');
    ran = join(folder, 'ran');
    mkdirSync(folder, { mode: 0o755 });
    writeFileSync(join(folder, 'check'), `#!/bin/sh\necho . >> ${ran}\n`, { mode: 0o755 });
    configure(host, [router('vip', 51, 100, ['192.168.55.100/32'])], {
      virtual_services: [
        {
          name: 'web',
          address: '192.168.55.100:80',
          forwarding: 'direct',
          check: { type: 'script', command: [join(folder, 'check')], interval: '100ms', timeout: '2s', rise: 1 },
          real_servers: [{ name: 'rs0', address: '192.168.55.12:80' }],
        },
      ],
    });
  });
  afterEach(() => closeHosts());

  const start = (...prefix: readonly string[]): void => {
    const [command = '', ...args] = [...prefix, process.execPath, program, 'run', '-c', configPath(host)];
    host.start(command, ...args);
  };
  const health = async (): Promise<string | undefined> => (await askStatus(host))?.services[0]?.servers[0]?.health;
  const refused = async (why: RegExp): Promise<void> => {
    await logs(host, why);
    await sleep(500);
    assert.equal(existsSync(ran), false);
    assert.equal(await health(), 'unknown');
    assert.equal(host.log().match(new RegExp(why, 'g'))?.length, 1);
    await until(
      'the status warns',
      async () => (await askStatus(host))?.warnings.some((one) => why.test(one)) === true,
    );
    assert.equal(regent(host, 'health').code, 1);
  };

  it('is run without the privileges of the director', async () => {
    start();
    await until('its server is up', async () => (await health()) === 'up');
    assert.ok(existsSync(ran));
  });

  it('is not run where they cannot be given up', async () => {
    // Without setpriv(1).
    start('env', 'PATH=/nonexistent');
    await refused(/scripts\/check is not run: this process could not give up the privileges of the director/);
  });

  for (const [what, prepare, why, mend] of [
    [
      'others may write it',
      () => chmodSync(join(folder, 'check'), 0o757),
      /scripts\/check is not run: others than root may write \S+scripts\/check/,
      () => chmodSync(join(folder, 'check'), 0o755),
    ],
    [
      'others may write a folder above',
      () => chmodSync(folder, 0o777),
      /scripts\/check is not run: others than root may write \S+scripts\b(?!\/)/,
      () => chmodSync(folder, 0o755),
    ],
    [
      'it belongs to somebody else',
      () => chownSync(join(folder, 'check'), 12_345, 0),
      /scripts\/check is not run: \S+check does not belong to root/,
      () => chownSync(join(folder, 'check'), 0, 0),
    ],
  ] as const)
    it(`is not run where ${what}, until that is mended`, async () => {
      prepare();
      start();
      await refused(why);
      mend();
      await until('its server is up', async () => (await health()) === 'up');
      await until(
        'the status is well of it',
        async () => !(await askStatus(host))?.warnings.some((one) => why.test(one)),
      );
    });

  it('keeps its verdict where it may not be run any more', async () => {
    start();
    await until('its server is up', async () => (await health()) === 'up');
    chmodSync(folder, 0o777);
    await logs(host, /scripts\/check is not run/);
    await sleep(500);
    assert.equal(await health(), 'up');
  });
});
