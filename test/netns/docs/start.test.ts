// The page docs/start.md, followed to the letter on two hosts that have nothing but regent.

import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { hasIpvs } from '../../../lab/vm/host-ipvs.ts';
import { blocksOf, stepsOf } from '../../unit/docs/markdown.ts';
import { addressesOf, askStatus, configPath, startConfigured, statusOf } from '../controller/operated-director.ts';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, openHosts } from '../vrrp/hosts.ts';
import { installCommand, typeCommand } from './console.ts';

const patience = 30_000;

describe('docs/start.md', function () {
  this.timeout(2 * patience);
  let hosts: Readonly<Record<string, Host>>;

  const areSettled = (): boolean =>
    Object.values(hosts).every((host) => {
      const [router] = statusOf(host)?.routers ?? [];
      return router?.state === 'master' || router?.master !== undefined;
    });

  before(() => {
    const [lb0, lb1] = openHosts();
    hosts = { lb0, lb1 };
    for (const host of [lb0, lb1]) installCommand(host);
  });
  after(() => closeHosts());

  const hostOf = (name: string): Host => {
    const host = hosts[name];
    assert.ok(host, `${name} is no host of the page`);
    return host;
  };

  for (const { kind, text, line } of blocksOf('docs/start.md')) {
    const file = /^yaml file=(\w+)$/.exec(kind)?.[1];
    if (file !== undefined) it(`has the file of ${file}`, () => writeFileSync(configPath(hostOf(file)), text));
    else if (kind === 'yaml')
      it(`adds the block of line ${line} to both files`, () => {
        for (const host of Object.values(hosts)) appendFileSync(configPath(host), text);
      });
    for (const { host, command, code } of stepsOf(text))
      it(`${host}$ ${command}${code === 0 ? '' : ` ends with ${code}`}`, async () => {
        if (command.startsWith('regent run ')) {
          startConfigured(hostOf(host));
          await until('it answers', async () => (await askStatus(hostOf(host))) !== undefined, patience);
          return;
        }
        // What somebody who types sees: the elections that the last command began are over.
        if (/^regent (status|health|events)/.test(command)) await until('both know their state', areSettled, patience);
        const run = await typeCommand(hostOf(host), command);
        assert.equal(run.code, code, run.out);
      });
  }

  it('leaves one director with the address', async () => {
    const [lb0, lb1] = [hostOf('lb0'), hostOf('lb1')];
    await until('lb0 is master again', async () => (await askStatus(lb0))?.routers[0]?.state === 'master', patience);
    assert.ok(addressesOf(lb0).includes('192.168.55.100/32'));
    assert.ok(!addressesOf(lb1).includes('192.168.55.100/32'));
    assert.deepEqual(
      statusOf(lb0)?.services.map(({ name }) => name),
      ['web'],
    );
    // Without IPVS the pair takes the page's service up, and warns of it.
    assert.equal(
      statusOf(lb0)?.warnings.some((text) => /no virtual service is in the kernel/.test(text)) ?? false,
      !hasIpvs(),
    );
  });
});
