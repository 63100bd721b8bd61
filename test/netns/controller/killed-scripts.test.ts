// Scripts that hang end with the process that ran them, also where it is killed: nobody else would end them.

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../../config/source/load.ts';
import { planTargets } from '../../../controller/ipvs/targets.ts';
import { startProcess } from '../healthcheck/running-process.ts';
import { until } from '../namespaces.ts';
import { closeHosts, ended, type Host, openHosts, signal } from '../vrrp/hosts.ts';
import { configure, router, startConfigured } from './operated-director.ts';

const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe('a script that hangs', function () {
  this.timeout(60_000);
  let host: Host;
  let folder: string;
  beforeEach(() => {
    [host] = openHosts();
    folder = mkdtempSync('/root/regent-scripts-');
  });
  afterEach(async () => {
    await closeHosts();
    rmSync(folder, { recursive: true });
  });

  /** A script whose child and own pid are noted, and which is over in five minutes. */
  const hanging = (name: string): string => {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\nsleep 300 &\necho $$ $! >${path}.pids\nwait\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const pidsOf = (path: string): number[] => {
    try {
      return readFileSync(`${path}.pids`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  };
  const isRunning = (path: string): boolean => pidsOf(path).length === 2 && pidsOf(path).every(isAlive);
  const isGone = (path: string): boolean => !pidsOf(path).some(isAlive);

  it('is gone once the controller is killed: a tracked one, and a notified one', async () => {
    const [tracked, notified] = [hanging('tracked'), hanging('notified')];
    configure(
      host,
      [router('vip', 51, 150, ['192.168.55.100/32'])].map((own) => ({
        ...own,
        track: [{ script: 'hangs', weight: -10 }],
      })),
      {
        vrrp: { scripts: [{ name: 'hangs', command: [tracked], interval: '100s', timeout: '90s' }] },
        notifications: [{ name: 'pager', script: [notified], timeout: '30s' }],
      },
    );
    const director = startConfigured(host);
    await until('both run', () => isRunning(tracked) && isRunning(notified), 20_000);
    signal(director.pid ?? 0, 'SIGKILL');
    await ended(director);
    // Sooner than their own ends.
    await until('both are gone', () => isGone(tracked) && isGone(notified), 20_000);
  });

  it('is gone where it kills the process that runs it at once', async () => {
    const path = join(folder, 'kills');
    writeFileSync(path, `#!/bin/sh\nsleep 300 &\necho $$ $! >${path}.pids\nkill -9 $PPID\nwait\n`);
    chmodSync(path, 0o755);
    const starter = new URL('../../../base/process-group.js', import.meta.url).href;
    const program = `import { createGroupStarter } from '${starter}'; createGroupStarter()(['${path}'], {}); setInterval(() => {}, 1000);`;
    const runner = host.start(process.execPath, '--input-type=module', '-e', program);
    await ended(runner);
    assert.equal(runner.signalCode, 'SIGKILL');
    await until('it has run', () => pidsOf(path).length === 2, 20_000);
    await until('it is gone', () => isGone(path), 20_000);
  });

  it('is gone once healthcheck is killed', async () => {
    const check = hanging('check');
    const parsed = parseConfig(
      `director: d
vrrp: { routers: [] }
virtual_services:
  - name: web
    address: 192.168.55.100:80
    checks: [{ type: script, command: [${check}], interval: 5s, timeout: 5s }]
    real_servers: [{ name: rs0, address: 192.168.55.11:80 }]
`,
      'f',
    );
    assert.ok(parsed.ok);
    // Without the privileges of the director, as it starts its own.
    const healthcheck = await startProcess(host.namespace, ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all']);
    healthcheck.configure(planTargets(parsed.config).targets);
    await until('it runs', () => isRunning(check), 20_000);
    const pids = pidsOf(check);
    healthcheck.close();
    await until('it is gone', () => !pids.some(isAlive));
  });
});
