// A disk that refuses writes, by each of its errors: at the start, in use, at a reload and after a reboot. No address and no
// process is lost, the status names what cannot be written, and all of it is written once it can be.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { askDirector } from '../../../controller/control/client.ts';
import { unlessShort } from '../../prove/extent.ts';
import { prepareFault } from '../faults.ts';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, logs, openHosts, pidOf, sleep } from '../vrrp/hosts.ts';
import { addressesOf, askStatus, configPath, configure, program, regent, router } from './operated-director.ts';

/** A fault of the host's state directory. */
type DiskFault = { readonly prefix: readonly string[]; readonly begin: () => void; readonly end: () => void };

const state = (host: Host): string => join(host.directory, 'state');

/** Not in this process's mount namespace: each call enters that of the director. */
const mounted = (host: Host, options: string) => {
  const pid = (): string => String(pidOf(host, 'vrrp'));
  return {
    prefix: [
      ...['unshare', '--mount', 'sh', '-c'],
      'mkdir -p "$STATE_DIRECTORY" && mount -t tmpfs -o "$0" tmpfs "$STATE_DIRECTORY" && exec "$@"',
      options,
    ],
    inside: (...command: readonly string[]) =>
      execFileSync('nsenter', [`--target=${pid()}`, '--mount', ...command], { encoding: 'utf8', stdio: 'pipe' }),
  };
};

const faults: Readonly<Record<string, (host: Host) => DiskFault & { read: (name: string) => string }>> = {
  ENOSPC: (host) => {
    const { prefix, inside } = mounted(host, 'size=128k');
    const fill = join(state(host), 'fill');
    return {
      prefix,
      begin: () => assert.throws(() => inside('dd', 'if=/dev/zero', `of=${fill}`, 'bs=1')),
      end: () => void inside('rm', fill),
      read: (name) => inside('cat', join(state(host), name)),
    };
  },
  ...Object.fromEntries(
    // A kernel turns a file system read-only with files open for writing; nobody else may.
    (['EIO', 'EDQUOT', 'EROFS'] as const).map((errno) => [
      errno,
      (host: Host) => ({
        ...prepareFault(host.directory, { errno, below: state(host) }),
        read: (name: string) => readFileSync(join(state(host), name), 'utf8'),
      }),
    ]),
  ),
};

const [first, second] = ['192.168.55.100/32', '192.168.55.101/32'];
const rest = (host: Host) => ({
  log: { file: { path: join(state(host), 'regent.log'), max_size: '10MiB', keep: 2 } },
  virtual_services: [
    {
      name: 'web',
      address: '192.168.55.100:80',
      forwarding: 'direct',
      checks: [],
      real_servers: [{ name: 'rs0', address: '192.168.55.12:80' }],
    },
  ],
});

describe('a disk that refuses', () => {
  let host: Host;
  beforeEach(() => {
    [host] = openHosts();
    mkdirSync(state(host));
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.error(host.log());
    await closeHosts();
  });
  const start = ({ prefix }: DiskFault): void => {
    const [command = '', ...args] = [...prefix, process.execPath, program, 'run', '-c', configPath(host)];
    host.start(command, ...args);
  };
  const warnings = async (): Promise<string> => (await askStatus(host))?.warnings.join('\n') ?? '';
  const warns = (words: RegExp) => until(`it warns of ${words}`, async () => words.test(await warnings()));

  const some = ['ENOSPC'];
  it('has damaged files, or what are no files: each is kept aside under a name that the log says, and all goes on', async function () {
    this.timeout(120_000);
    configure(host, [router('vip', 51, 100, [first])], rest(host));
    const damage: Readonly<Record<string, (path: string) => void>> = {
      'operator.json': (path) => writeFileSync(path, '{"commands":[{"server":"rs0"'),
      'addresses.json': (path) => writeFileSync(path, '\0\0\0\0'),
      'sysctls.json': (path) => mkdirSync(join(path, 'inside'), { recursive: true }),
      'journal.jsonl': (path) => void execFileSync('mkfifo', [path]),
    };
    for (const [name, make] of Object.entries(damage)) make(join(state(host), name));
    host.start(process.execPath, program, 'run', '-c', configPath(host));
    await until('it is master', host.holds);
    for (const name of Object.keys(damage)) {
      await logs(
        host,
        new RegExp(`${name.replace('.', '\\.')}[^\\n]*it is kept as [^\\n]*${name.replace('.', '\\.')}\\.damaged`),
      );
      assert.ok(existsSync(join(state(host), `${name}.damaged`)), name);
    }
    assert.equal(regent(host, 'drain', 'rs0').code, 0);
    assert.match(readFileSync(join(state(host), 'operator.json'), 'utf8'), /"rs0","drained":true/);
    assert.match(readFileSync(join(state(host), 'addresses.json'), 'utf8'), /192\.168\.55\.100/);
    assert.match(readFileSync(join(state(host), 'journal.jsonl'), 'utf8'), /by command: drained/);
    assert.doesNotMatch(host.log(), /lost:|defect/);
  });

  for (const [code, make] of Object.entries(faults).filter(([code]) => unlessShort(true, some.includes(code)))) {
    it(`with ${code} in use and at a reload, keeps all that it has, and is told`, async function () {
      this.timeout(120_000);
      const disk = make(host);
      configure(host, [router('vip', 51, 100, [first])], rest(host));
      start(disk);
      await until('it is master', host.holds);
      const pids = [pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')];
      disk.begin();
      // Enough lines for the journal and the log file to need a new page.
      for (let turn = 0; turn < 60; turn += 1)
        for (const command of ['drain', 'undrain'])
          await askDirector(join(host.directory, 'control.sock'), 'POST', `/v1/servers/rs0/${command}`);
      assert.equal(regent(host, 'drain', 'rs0').code, 0);
      configure(host, [router('vip', 51, 100, [first, second])], rest(host));
      assert.equal(regent(host, 'reload').code, 0);
      await until('it has both', () => [first, second].every((one) => addressesOf(host).includes(one)));
      for (const what of ['a record of its addresses on disk', 'the record of commands', 'the journal', 'the log file'])
        await warns(new RegExp(`${what}.*${code}`));
      assert.equal(regent(host, 'health').code, 1);
      await sleep(2500);
      assert.ok([first, second].every((one) => addressesOf(host).includes(one)));
      assert.deepEqual([pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')], pids);
      assert.doesNotMatch(host.log(), /lost:|defect|master -> /);
      disk.end();
      await until('all is written', async () => !new RegExp(code).test(await warnings()), 20_000);
      assert.match(disk.read('addresses.json'), /192\.168\.55\.101/);
      assert.match(disk.read('operator.json'), /"rs0","drained":true/);
      // Lines that waited are written one after the other.
      await until('the log has it', () => /rs0 .*by command: drained/.test(disk.read('regent.log')));
      assert.equal(regent(host, 'undrain', 'rs0').code, 0);
      assert.match(disk.read('journal.jsonl').trimEnd().split('\n').at(-1) ?? '', /^\{.*not drained/);
    });

    it(`with ${code} at the start and after a reboot, keeps no address away`, async function () {
      this.timeout(120_000);
      configure(host, [router('vip', 51, 100, [first])], rest(host));
      const disk = make(host);
      if (code !== 'ENOSPC') {
        // What was there before the reboot.
        writeFileSync(join(state(host), 'addresses.json'), '{"bootId":"before","keys":["enp0s9 10.9.9.9/32"]}');
        disk.begin();
        start(disk);
      } else start({ ...disk, prefix: disk.prefix.map((word) => word.replace(/^size=.*/, 'nr_inodes=1')) });
      await until('it is master', host.holds);
      await warns(/a record of its addresses on disk/);
      assert.doesNotMatch(host.log(), /lost:|defect/);
      if (code !== 'ENOSPC') {
        disk.end();
        await until('all is written', async () => !new RegExp(code).test(await warnings()), 20_000);
        assert.ok(existsSync(join(state(host), 'addresses.json')));
        assert.doesNotMatch(disk.read('addresses.json'), /10\.9\.9\.9/);
      }
    });
  }
});

describe('a runtime directory that is read-only or full', () => {
  let host: Host;
  beforeEach(() => {
    [host] = openHosts();
    configure(host, [router('vip', 51, 100, [first])]);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.error(host.log());
    await closeHosts();
  });

  it('ends nothing that runs, and has its sockets again afterwards', async function () {
    this.timeout(120_000);
    const director = host.start('unshare', '--mount', process.execPath, program, 'run', '-c', configPath(host));
    await until('it is master', host.holds);
    await until('all answer', async () => (await askStatus(host))?.programs.every(({ answers }) => answers) === true);
    const pids = [pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')];
    const inside = (...command: readonly string[]) =>
      execFileSync('nsenter', [`--target=${pids[0]}`, '--mount', ...command], { stdio: 'pipe' });
    inside('mount', '-t', 'tmpfs', '-o', 'ro,size=4k', 'tmpfs', host.directory);
    await logs(host, /the control socket cannot be made: .*EROFS/);
    await logs(host, /was removed and cannot be created again: .*EROFS/);
    await sleep(3000);
    assert.ok(host.holds());
    assert.equal(host.log().match(/cannot be created again/g)?.length, 1);
    inside('umount', host.directory);
    await until('a command reaches it', async () => (await askStatus(host)) !== undefined);
    for (const name of ['vrrp', 'healthcheck'])
      await until(
        `the next controller finds ${name}`,
        () =>
          new Promise((resolve) => {
            const socket = connect(join(host.directory, `${name}.sock`));
            const end = (found: boolean) => () => resolve(socket.destroy() !== undefined && found);
            socket.once('connect', end(true)).once('error', end(false));
          }),
      );
    assert.deepEqual([pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')], pids);
    assert.doesNotMatch(host.log(), /lost:|defect|master -> /);
    assert.equal(director.exitCode, null);
  });

  it('takes no address away where its disk is full at the start', async function () {
    this.timeout(120_000);
    const run = `mount -t tmpfs -o size=64k tmpfs "$RUNTIME_DIRECTORY" && { dd if=/dev/zero of="$RUNTIME_DIRECTORY/fill" bs=1k 2>/dev/null; exec "$@"; }`;
    const file = configPath(host);
    const elsewhere = join(host.directory, '..', 'regent.yaml');
    writeFileSync(elsewhere, readFileSync(file));
    host.start('unshare', '--mount', 'sh', '-c', run, 'sh', process.execPath, program, 'run', '-c', elsewhere);
    await until('it is master', host.holds, 40_000);
    assert.doesNotMatch(host.log(), /lost:|defect/);
  });
});
