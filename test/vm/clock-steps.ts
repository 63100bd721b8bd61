// A pair of directors while the clock of their machine steps by a day, forward and back. Run in the small machine by its test.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { askDirector } from '../../controller/control/client.ts';
import { patience, serveWeb } from '../ipvs/controller/running-director.ts';
import { askStatus, configure, regent, router, startConfigured } from '../netns/controller/operated-director.ts';
import { until } from '../netns/namespaces.ts';
import { closeHosts, logs, openHosts, sleep } from '../netns/vrrp/hosts.ts';

// Never the clock of a host that somebody uses.
assert.equal(process.env.REGENT_VM, '1');

const day = 86_400_000;
const stepClock = (span: number): void =>
  void execFileSync('date', ['--set', `@${((Date.now() + span) / 1000).toFixed(3)}`], { stdio: 'ignore' });

const [master, backup] = openHosts();
const web = await serveWeb(backup.namespace, ['192.168.55.12']);
try {
  for (const [index, host] of [master, backup].entries()) {
    configure(host, [router('vip', 51, 150 - 50 * index, ['192.168.55.100/32'])], {
      virtual_services: [
        {
          name: 'web',
          address: '192.168.55.100:80',
          forwarding: 'direct',
          check: { type: 'tcp', interval: '500ms', rise: 1, fall: 2 },
          real_servers: [{ name: 'rs0', address: '192.168.55.12:80' }],
        },
      ],
      log: { format: 'json' },
    });
    startConfigured(host);
    if (host === master) await until('it is master', master.holds, patience);
  }
  await logs(backup, /the master is 192\.168\.55\.11/, patience);
  /** A drained server that is idle has left the table. */
  const weight = async (): Promise<number> => {
    const status = await askStatus(master);
    return status === undefined ? Number.NaN : (status.services[0]?.servers[0]?.weight ?? 0);
  };
  for (const host of [master, backup])
    await until('it is up', async () => (await askStatus(host))?.services[0]?.servers[0]?.health === 'up', patience);

  for (const step of [day, -day, -day, day]) {
    const before = [master, backup].map((host) => host.log().length);
    console.log(`the clock steps by ${step / day} d`);
    stepClock(step);
    for (const end = performance.now() + 5000; performance.now() < end; await sleep(50))
      assert.ok(master.holds() && !backup.holds(), `one master after a step of ${step / day} d`);
    for (const [index, host] of [master, backup].entries()) {
      const status = await askStatus(host);
      assert.ok(status !== undefined && status.uptime < day / 24, JSON.stringify(status?.uptime));
      assert.deepEqual(status.warnings, []);
      const said = host.log().slice(before[index]);
      assert.doesNotMatch(said, /"level":"(warn|error)"|is lost|gave up|is down|unknown ->|restart/, said);
    }
    // Commands are ordered by time: each must win over the one before the step.
    for (const command of ['drain', 'undrain']) {
      await askDirector(join(master.directory, 'control.sock'), 'POST', `/v1/servers/rs0/${command}`);
      await until(`${command} counts`, async () => (await weight()) === (command === 'drain' ? 0 : 1), patience);
    }
  }
  const { code, out } = regent(master, 'status');
  assert.equal(code, 0, out);
  assert.doesNotMatch(out, /-\d+ ?(ms|s|min|h|d)\b/, out);
  console.log('the clock steps cost nothing');
} catch (error) {
  for (const host of [master, backup]) console.error(host.log());
  throw error;
} finally {
  web.kill();
  await closeHosts();
}
