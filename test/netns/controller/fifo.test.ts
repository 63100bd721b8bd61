// What a FIFO is told: a real keepalived and a director go through the same, and whoever reads finds the same lines.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, openHosts } from '../vrrp/hosts.ts';
import { configure, router, startConfigured } from './operated-director.ts';

/** Collects what is written to a FIFO from now on. */
const readFifo = (path: string, host: Host): (() => string[]) => {
  execFileSync('mkfifo', ['--mode=600', path]);
  // Open for writing too: it never ends, whoever else comes and goes.
  const fifo = openSync(path, constants.O_RDWR);
  const copy = `${path}.read`;
  writeFileSync(copy, '');
  host.start('sh', '-c', `exec cat /proc/${process.pid}/fd/${fifo} >>${copy}`);
  return () => readFileSync(copy, 'utf8').split('\n').filter(Boolean);
};

describe('a FIFO', function () {
  this.timeout(60_000);
  let theirs: Host;
  let ours: Host;
  let keepalivedSays: () => string[];
  let regentSays: () => string[];
  let end: () => void;

  before(async () => {
    [theirs, ours] = openHosts();
    const [their, our] = [theirs, ours].map((host) => join(host.directory, 'fifo')) as [string, string];
    keepalivedSays = readFifo(their, theirs);
    regentSays = readFifo(our, ours);
    const file = join(theirs.directory, 'keepalived.conf');
    writeFileSync(
      file,
      `global_defs {
  vrrp_notify_fifo ${their}
}
${[
  ['vip', 51, '192.168.55.100/32'],
  ['second', 52, '192.168.55.101/32'],
]
  .map(
    ([name, id, address]) => `vrrp_instance ${name} {
  interface enp0s9
  virtual_router_id ${id}
  priority 150
  advert_int 0.5
  version 3
  virtual_ipaddress {
    ${address}
  }
}
`,
  )
  .join('')}`,
    );
    configure(
      ours,
      [router('vip', 61, 150, ['192.168.55.200/32']), router('second', 62, 150, ['192.168.55.201/32'])].map((one) => ({
        ...one,
        advertisement_interval: '500ms',
      })),
      { notifications: [{ name: 'fifo', fifo: our }] },
    );
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
    await bothSay('masters', /MASTER/, 2);
    theirs.namespace.run('ip', 'link', 'set', 'dev', 'enp0s9', 'down');
    await bothSay('a fault', /FAULT/, 2);
    theirs.namespace.run('ip', 'link', 'set', 'dev', 'enp0s9', 'up');
    await bothSay('masters again', /MASTER/, 4);
    end();
    await bothSay('the stop', /STOP/, 2);
    const ofOne = (lines: readonly string[], name: string): string[] =>
      lines.filter((line) => line.includes(`"${name}"`));
    for (const name of ['vip', 'second']) assert.deepEqual(ofOne(regentSays(), name), ofOne(keepalivedSays(), name));
  });
});
