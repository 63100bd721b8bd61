// Directors that run: the doctor says where a failover would change something, and which peer does not answer.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import type { FindingCode } from '../../../doctor/finding.ts';
import type { Namespace } from '../namespaces.ts';
import { until } from '../namespaces.ts';
import type { Case } from './case.ts';
import { about, router, service, show } from './documents.ts';
import { onStage, program, type Stage } from './stage.ts';

/** A director that knows the other by `peers`; its scheduler may be another. */
const runDirector = (stage: Stage, host: Namespace, number: 1 | 2) => {
  const own = join(stage.folder, `peer-${number}`);
  mkdirSync(own);
  const keyFile = join(own, 'peers.key');
  writeFileSync(keyFile, '0123456789abcdef0123456789abcdef\n', { mode: 0o600 });
  const file = join(own, 'regent.yaml');
  const write = (scheduler: string): void =>
    writeFileSync(
      file,
      dump({
        director: `lb${number - 1}`,
        vrrp: { routers: [router({ priority: 150 - 50 * number })] },
        virtual_services: [{ ...service, scheduler }],
        peers: {
          listen: `192.168.55.1${number}:8550`,
          key_file: keyFile,
          directors: [`192.168.55.1${3 - number}:8550`],
        },
      }),
    );
  const environment = ['env', `RUNTIME_DIRECTORY=${own}`, `STATE_DIRECTORY=${own}`];
  const regent = [...environment, process.execPath, program];
  return {
    write,
    prefix: environment,
    start: () => stage.start(host, ...regent, 'run', '-c', file),
    reload: () => host.run(...(regent as [string, ...string[]]), 'reload'),
  };
};

/** Advertisements are lost, messages of the peers are not. */
const dropAdvertisements = (host: Namespace): void => {
  host.run('nft', 'add table ip lost');
  host.run('nft', 'add chain ip lost in { type filter hook prerouting priority -300; }');
  host.run('nft', 'add rule ip lost in ip protocol 112 drop');
};

const findsSplitBrain = (): Promise<void> =>
  onStage(async (stage) => {
    const [here, there] = [runDirector(stage, stage.director, 1), runDirector(stage, stage.peer, 2)];
    for (const one of [here, there]) one.write('wrr');
    for (const host of [stage.director, stage.peer]) dropAdvertisements(host);
    for (const one of [here, there]) one.start();
    const examined = { routers: [router()], services: [service], prefix: here.prefix };
    const found = async () => (await stage.examine(examined)).find(({ code }) => code === 'split-brain');
    await until('it is found', async () => (await found()) !== undefined, 40_000);
    const finding = await found();
    assert.match(
      finding?.message ?? '',
      /split brain, (peer-unheard|two-holders): lb1 \(priority 50\) is .*master too/,
    );
    assert.equal(finding?.severity, 'error');
    for (const host of [stage.director, stage.peer]) host.run('nft', 'delete', 'table', 'ip', 'lost');
    await until('it is gone', async () => (await found()) === undefined, 40_000);
  });

const findsAndForgets = (code: FindingCode, pattern: RegExp, provoke: 'differs' | 'is away'): Promise<void> =>
  onStage(async (stage) => {
    const [here, there] = [runDirector(stage, stage.director, 1), runDirector(stage, stage.peer, 2)];
    here.write('wrr');
    there.write(provoke === 'differs' ? 'rr' : 'wrr');
    here.start();
    if (provoke === 'differs') there.start();
    const examined = { routers: [router()], services: [service], prefix: here.prefix };
    const found = async () => about(await stage.examine(examined), pattern);
    await until('it is found', async () => (await found())?.code === code, 40_000);
    assert.equal((await found())?.severity, 'warning');
    there.write('wrr');
    if (provoke === 'differs') there.reload();
    else there.start();
    let rest = '';
    await until(
      'it is gone',
      async () => {
        const findings = await stage.examine(examined);
        rest = show(findings);
        return about(findings, pattern) === undefined;
      },
      40_000,
    ).catch((error: Error) => assert.fail(`${error.message}: ${rest}`));
  });

export const ofPeers: readonly Case[] = [
  {
    title: 'finds what a failover to a peer would change',
    code: 'peer-differs',
    work: () =>
      findsAndForgets(
        'peer-differs',
        /a failover would change this: service \S+ has scheduler wrr here, rr on lb1/,
        'differs',
      ),
  },
  { title: 'finds a split brain that is going on', code: 'split-brain', work: findsSplitBrain },
  {
    title: 'finds a peer that does not answer',
    code: 'peer-unreachable',
    work: () => findsAndForgets('peer-unreachable', /cannot exchange commands with it: .*ECONNREFUSED/, 'is away'),
  },
];
