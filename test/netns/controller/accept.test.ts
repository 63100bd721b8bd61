// Accept mode off on a real network: neighbours find the address, and nobody is answered on it; the host's own still answers.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { until } from '../namespaces.ts';
import { closeHosts, ended, type Host, openHosts, startDirector, virtualAddress } from '../vrrp/hosts.ts';

describe('accept: false', function () {
  this.timeout(60_000);
  let own: Host;
  let client: Host;
  let director: ChildProcess;
  before(async () => {
    [own, client] = openHosts();
    for (const [host, last] of [
      [own, 11],
      [client, 12],
    ] as const)
      host.namespace.run('ip', 'address', 'add', `fd00:55::${last}/64`, 'dev', 'enp0s9', 'nodad');
    // Left by a director that was killed.
    own.namespace.run('nft', 'add table inet regent-accept');
    director = startDirector(own, 150, {
      advertisement_interval: '200ms',
      accept: false,
      addresses: [virtualAddress],
      excluded: ['fd00:55::100/64'],
    });
    await until('it rules', () => own.holds());
    await until('the rules stand', () => own.log().includes('regent-accept is written'));
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) console.error(own.log());
    await closeHosts();
  });
  const answers = (address: string): boolean => {
    try {
      client.namespace.run('ping', '-c1', '-W1', address);
      return true;
    } catch {
      return false;
    }
  };
  const neighbours = (): string => client.namespace.run('ip', 'neighbour', 'show');
  const tables = (): string => own.namespace.run('nft', 'list', 'tables');

  it('drops what comes to the addresses, and answers who asks where they are', () => {
    for (const address of ['192.168.55.100', 'fd00:55::100']) {
      assert.ok(!answers(address), address);
      assert.match(neighbours(), new RegExp(`^${address} dev enp0s9 lladdr `, 'm'));
    }
    for (const address of ['192.168.55.11', 'fd00:55::11']) assert.ok(answers(address), address);
  });

  it('is put back when somebody takes the rules away', async () => {
    own.namespace.run('nft', 'delete table inet regent-accept');
    await until('it is told', () => own.log().includes('regent-accept is written: another program had changed it'));
    assert.ok(!answers('192.168.55.100'));
  });

  it('leaves no table behind', async () => {
    director.kill('SIGTERM');
    assert.equal(await ended(director, 15_000), 0);
    assert.equal(tables(), '');
  });
});
