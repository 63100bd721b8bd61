// Builds of two kinds on one host: a controller adopts the processes of a build that it understands, and replaces the others.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../namespaces.ts';
import { closeHosts, ended, type Host, logs, openHosts, pidOf } from '../vrrp/hosts.ts';
import { askStatus, configPath, configure, router } from './operated-director.ts';

const project = fileURLToPath(new URL('../../../../', import.meta.url));

describe('builds of two kinds', function () {
  this.timeout(120_000);
  let host: Host;
  let controller: ChildProcess;
  let started = 0;

  /** A copy of the program that speaks these protocols. */
  const install = (name: string, protocol: number, oldest: number): string => {
    const folder = join(host.directory, name);
    mkdirSync(folder);
    const { files }: { readonly files: readonly string[] } = JSON.parse(
      readFileSync(join(project, 'package.json'), 'utf8'),
    );
    // Bundles would hide the module that is changed.
    for (const part of files.filter((file) => /^dist\/(?!bundle)\w+$/.test(file)))
      cpSync(join(project, part), join(folder, part), { recursive: true });
    copyFileSync(join(project, 'package.json'), join(folder, 'package.json'));
    symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
    const greeting = join(folder, 'dist', 'channel', 'greeting.js');
    const text = readFileSync(greeting, 'utf8');
    const changed = text
      .replace('export const protocol = 1;', `export const protocol = ${protocol};`)
      .replace('export const oldestProtocol = 1;', `export const oldestProtocol = ${oldest};`);
    assert.equal(changed === text, protocol === 1);
    writeFileSync(greeting, changed);
    return folder;
  };
  const start = async (folder: string): Promise<void> => {
    started += 1;
    controller = host.start(process.execPath, join(folder, 'dist', 'cli', 'regent.js'), 'run', '-c', configPath(host));
    await until('it is told', () => (host.log().match(/\sstarted with 1 routers/g)?.length ?? 0) === started);
  };
  const restart = async (folder: string): Promise<void> => {
    controller.kill('SIGUSR2');
    await ended(controller);
    await start(folder);
  };
  const isWhole = async (): Promise<boolean> => {
    const status = await askStatus(host);
    return status?.routers[0]?.state === 'master' && status.programs.every(({ answers }) => answers) && host.holds();
  };
  const pids = (): number[] => [pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')];

  before(() => {
    [host] = openHosts();
    configure(host, [router('vip', 51, 100, ['192.168.55.100/32'])]);
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) console.error(host.log());
    await closeHosts();
  });

  it('are adopted by each other where both understand the older protocol', async () => {
    const [plain, newer] = [install('plain', 1, 1), install('newer', 2, 1)];
    await start(plain);
    await until('it is master', isWhole);
    const before = pids();
    for (const folder of [newer, plain]) {
      await restart(folder);
      await until('it goes on', isWhole);
      assert.deepEqual(pids(), before);
    }
    assert.doesNotMatch(host.log(), /master -> |is not adopted|lost:/);
  });

  it('are replaced by each other where they do not: the process leaves, and the installed one is started', async () => {
    const other = install('other', 3, 3);
    for (const [folder, why] of [
      [
        other,
        /vrrp .*is not adopted, but asked to leave and replaced: its build \S+ speaks protocol 1, and this one needs 3/,
      ],
      [
        join(host.directory, 'plain'),
        /is not adopted, but asked .*: its build \S+ needs protocol 3, and this one speaks 1/,
      ],
    ] as const) {
      const before = pids();
      await restart(folder);
      await logs(host, why);
      await until('it is master again', isWhole, 30_000);
      for (const [index, pid] of pids().entries()) assert.notEqual(pid, before[index]);
      assert.deepEqual((await askStatus(host))?.warnings, []);
    }
    assert.doesNotMatch(host.log(), /lost:|cannot be taken/);
  });
});
