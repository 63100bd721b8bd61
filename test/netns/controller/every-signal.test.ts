// Every signal to each process of a director does what docs/operations.md says, and none opens a debugger.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { unlessShort } from '../../prove/extent.ts';
import { until } from '../namespaces.ts';
import {
  closeHosts,
  ended,
  type Host,
  hasEnded,
  logs,
  openHosts,
  pidOf,
  processesOf,
  signal,
  sleep,
} from '../vrrp/hosts.ts';
import { configPath, configure, program, router, startConfigured } from './operated-director.ts';

const alone = [router('vip', 51, 100, ['192.168.55.100/32'])];
const names = ['controller', 'vrrp', 'healthcheck'] as const;
type Name = (typeof names)[number];
/** What the page says of a signal, for each process. */
type Row = { readonly signal: NodeJS.Signals; readonly says: Readonly<Record<Name, string>> };

const rows: Row[] = [
  ...readFileSync('docs/operations.md', 'utf8').matchAll(/^\| ([A-Z0-9, ]+?) +\|(.+)\|(.+)\|(.+)\|$/gm),
].flatMap(([, signals = '', controller = '', vrrp = '', healthcheck = '']) =>
  signals.split(', ').map((name) => ({
    signal: `SIG${name}` as NodeJS.Signals,
    says: { controller: controller.trim(), vrrp: vrrp.trim(), healthcheck: healthcheck.trim() },
  })),
);

describe('every signal', function () {
  this.timeout(180_000);
  let host: Host;
  let director: ChildProcess;
  before(() => {
    [host] = openHosts();
    configure(host, alone);
  });
  after(() => closeHosts());

  const pid = (name: Name): number => (name === 'controller' ? (director.pid ?? Number.NaN) : pidOf(host, name));
  const statusOf = (of: number): string => {
    try {
      return readFileSync(`/proc/${of}/status`, 'utf8');
    } catch {
      return '';
    }
  };

  const isAlive = (of: number): boolean => existsSync(`/proc/${of}`) && !/^State:\s+Z/m.test(statusOf(of));
  const start = async (): Promise<void> => {
    director = startConfigured(host);
    await until('the director is master', host.holds);
    await until('all run', () => names.every((name) => isAlive(pid(name))));
    // A signal to a process that has not come to its first line ends it.
    await until('they are ready', () =>
      ['vrrp', 'healthcheck', 'control'].every((name) => existsSync(join(host.directory, `${name}.sock`))),
    );
    await sleep(500);
  };
  const stop = async (): Promise<void> => {
    director.kill('SIGTERM');
    await ended(director);
    await until('no process is left', () => processesOf(host.directory).length === 0);
  };

  it('from 1 to 31 stands on the page, beside KILL and STOP', () => {
    const known = rows.map(({ signal: name }) => constants.signals[name]);
    const expected = Array.from({ length: 31 }, (_, index) => index + 1).filter(
      (number) => number !== 9 && number !== 19,
    );
    assert.deepEqual(
      [...known].sort((one, other) => one - other),
      expected,
    );
  });

  it('that is ignored costs no process, and no mastership', async () => {
    await start();
    const before = names.map(pid);
    let count = 0;
    for (const { signal: name, says } of rows)
      for (const to of names) {
        if (!says[to].startsWith('ignored')) continue;
        signal(pid(to), name);
        count += 1;
        await sleep(20);
        assert.ok(host.holds(), `${name} to ${to}`);
      }
    assert.ok(count > 50, `${count}`);
    for (let number = 34; number <= 64; number += 1)
      for (const name of names) {
        process.kill(pid(name), number);
        await sleep(5);
        assert.ok(host.holds() && isAlive(pid(name)), `${number} to ${name}`);
      }
    await sleep(1000);
    assert.deepEqual(names.map(pid), before);
    for (const one of before) assert.match(statusOf(one), /^State:\s+[SRD]/m);
    assert.doesNotMatch(host.log(), /lost:|master -> |Debugger listening/);
    assert.equal(host.namespace.run('ss', '-Hltn'), '');
  });

  it('HUP and USR1 have the controller do what the page says', async () => {
    const [hup, usr1] = ['SIGHUP', 'SIGUSR1'].map((name) => rows.find((row) => row.signal === name)?.says.controller);
    assert.match(hup ?? '', /reads its configuration again/);
    signal(pid('controller'), 'SIGHUP');
    await logs(host, /reloaded/);
    assert.match(usr1 ?? '', /regent\.data.*regent\.json.*runtime directory/);
    rmSync(join(host.directory, 'regent.data'), { force: true });
    signal(pid('controller'), 'SIGUSR1');
    await until('the files are there', () =>
      ['data', 'json'].every((end) => existsSync(join(host.directory, `regent.${end}`))),
    );
  });

  it('USR2 leaves the addresses for the next controller', async () => {
    const vrrp = pid('vrrp');
    signal(pid('controller'), 'SIGUSR2');
    assert.equal(await ended(director), 0);
    assert.ok(host.holds() && isAlive(vrrp));
    director = startConfigured(host);
    await logs(host, /adopted/);
    assert.equal(pid('vrrp'), vrrp);
    await sleep(500);
  });

  for (const [name, process] of [
    ['SIGTERM', 'vrrp'],
    ['SIGTERM', 'healthcheck'],
  ] as const)
    it(`${name} ends ${process}, which is started again`, async () => {
      const before = pid(process);
      assert.match(rows.find((row) => row.signal === name)?.says[process] ?? '', /it is started again/);
      signal(before, name);
      await until('it has ended', () => !isAlive(before));
      await until('there is another', () => pid(process) !== before && isAlive(pid(process)));
      await until('the director is master', host.holds);
      await sleep(500);
    });

  for (const name of unlessShort(['SIGTERM', 'SIGINT', 'SIGQUIT'] as const, ['SIGINT'] as const))
    it(`${name} stops the controller`, async () => {
      assert.match(rows.find((row) => row.signal === name)?.says.controller ?? '', /^stops/);
      if (hasEnded(director)) await start();
      signal(pid('controller'), name);
      assert.equal(await ended(director), 0);
      await until('no process is left', () => processesOf(host.directory).length === 0);
      assert.equal(host.holds(), false);
    });

  const ending = rows.filter(({ says: { controller } }) => controller.startsWith('ends'));
  for (const { signal: name, says } of unlessShort(ending, ending.slice(0, 1)))
    it(`${name} ends any of them, and the controller starts the others again`, async () => {
      assert.ok(says.vrrp.startsWith('ends;') && says.healthcheck.startsWith('ends;'));
      await start();
      for (const process of ['healthcheck', 'vrrp'] as const) {
        const before = pid(process);
        signal(before, name);
        await until(`${process} has ended`, () => !isAlive(before));
        await until('there is another', () => pid(process) !== before && isAlive(pid(process)));
      }
      await until('the director is master', host.holds);
      signal(pid('controller'), name);
      await ended(director);
      assert.equal(director.signalCode, name);
      for (const one of processesOf(host.directory)) signal(one, 'SIGKILL');
      await until('no process is left', () => processesOf(host.directory).length === 0);
    });

  it('USR1 opens no debugger before the first line of the command, however early it comes', async () => {
    chmodSync(program, 0o755);
    let outlived = 0;
    for (const delay of unlessShort([5, 10, 15, 20, 25, 30, 40, 60, 80, 300], [5, 30, 300])) {
      director = host.start(program, 'run', '-c', configPath(host));
      await until(
        'Node runs',
        () => hasEnded(director) || /^Name:\s+(node|MainThread)/m.test(statusOf(pid('controller'))),
      );
      await sleep(delay);
      signal(pid('controller'), 'SIGUSR1');
      await sleep(500);
      assert.doesNotMatch(host.log(), /Debugger listening/, `after ${delay} ms`);
      // Where Node had not come to its own first lines, it ends by the signal.
      if (hasEnded(director)) continue;
      outlived += 1;
      await stop();
    }
    assert.ok(outlived > 0);
  });
});
