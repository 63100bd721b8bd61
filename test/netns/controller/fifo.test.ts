// What a FIFO is told: a real keepalived and a director go through the same, and whoever reads finds the same lines.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, until } from '../namespaces.ts';
import { closeHosts, type Host, openHosts, sleep } from '../vrrp/hosts.ts';
import { readFifo } from './fifo-reader.ts';
import { configure, router, startConfigured } from './operated-director.ts';

/** The last two change state together. */
const names = ['vip', 'second', 'left', 'right'] as const;
const interfaceOf = (name: string): string => (name === 'right' ? 'enp0s8' : 'enp0s9');

describe('a FIFO', function () {
  this.timeout(60_000);
  let theirs: Host;
  let ours: Host;
  let keepalivedSays: () => string[];
  let regentSays: () => string[];
  let end: () => void;

  before(async () => {
    [theirs, ours] = openHosts();
    connect(
      { namespace: theirs.namespace, interface: 'enp0s8', addresses: ['192.168.66.11/24'] },
      { namespace: ours.namespace, interface: 'enp0s8', addresses: ['192.168.66.12/24'] },
    );
    const [their, our] = [theirs, ours].map((host) => join(host.directory, 'fifo')) as [string, string];
    keepalivedSays = readFifo(their, theirs);
    regentSays = readFifo(our, ours);
    const file = join(theirs.directory, 'keepalived.conf');
    writeFileSync(
      file,
      `global_defs {
  vrrp_notify_fifo ${their}
}
vrrp_sync_group pair {
  group {
    left
    right
  }
}
${names
  .map(
    (name, index) => `vrrp_instance ${name} {
  interface ${interfaceOf(name)}
  virtual_router_id ${51 + index}
  priority 150
  advert_int 0.5
  version 3
  virtual_ipaddress {
    192.168.55.${100 + index}/32
  }
}
`,
  )
  .join('')}`,
    );
    const routers = names.map((name, index) => ({
      ...router(name, 61 + index, 150, [`192.168.55.${200 + index}/32`]),
      interface: interfaceOf(name),
      advertisement_interval: '500ms',
    }));
    configure(ours, [], {
      vrrp: { routers, groups: [{ name: 'pair', routers: ['left', 'right'] }] },
      notifications: [{ name: 'fifo', fifo: our }],
    });
    const pids = ['-p', join(theirs.directory, 'keepalived.pid'), '-r', join(theirs.directory, 'vrrp.pid')];
    const keepalived = theirs.start('/usr/sbin/keepalived', '-n', '-l', '-P', '-f', file, ...pids);
    const director = startConfigured(ours);
    end = () => {
      keepalived.kill('SIGTERM');
      director.kill('SIGTERM');
    };
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed'))
      console.error(`${theirs.log()}\n${ours.log()}`);
    await closeHosts();
  });

  const bothSay = (what: string, pattern: RegExp, count: number): Promise<void> =>
    until(
      `both tell of ${what}`,
      () =>
        [keepalivedSays(), regentSays()].every((lines) => lines.filter((line) => pattern.test(line)).length >= count),
      20_000,
    );

  it('is told by both of backup, master, fault and stop in the same lines', async () => {
    const told = names.length + 1;
    await bothSay('masters', /MASTER/, told);
    theirs.namespace.run('ip', 'link', 'set', 'dev', 'enp0s9', 'down');
    await bothSay('a fault', /FAULT/, told - 1);
    await bothSay('the fault of the group', /GROUP.* FAULT/, 1);
    // A master whose link is back within two intervals goes on as master.
    await sleep(1500);
    theirs.namespace.run('ip', 'link', 'set', 'dev', 'enp0s9', 'up');
    await bothSay('masters again', /MASTER/, 2 * told);
    end();
    await bothSay('the stop', /STOP/, told);
    const ofOne = (lines: readonly string[], name: string): string[] =>
      lines.filter((line) => line.includes(`"${name}"`));
    for (const name of ['vip', 'second', 'left', 'pair'])
      assert.deepEqual(ofOne(regentSays(), name), ofOne(keepalivedSays(), name));
    // Whose sibling has failed, keepalived calls failed too, and regent a backup.
    const others = ofOne(keepalivedSays(), 'right').filter((line) => !/FAULT/.test(line));
    assert.deepEqual(ofOne(regentSays(), 'right'), others);
  });
});
