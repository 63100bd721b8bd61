// A drain that was given to one director holds on the other, which takes over when the first is cut off.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askStatus, configure, regent, router, startConfigured } from '../../netns/controller/operated-director.ts';
import { createNamespace, type Namespace, until } from '../../netns/namespaces.ts';
import { closeHosts, type Host, openHosts, sleep } from '../../netns/vrrp/hosts.ts';
import { extent } from '../../prove/extent.ts';

const vip = '192.168.55.100';
const watched = extent(60_000, 10_000);
const patience = 120_000;

/** One web server on two addresses, which answers with the address that was asked. */
const webServer = `
  const { createServer } = require('node:http');
  for (const address of ['192.168.66.111', '192.168.66.112'])
    createServer((request, response) => response.end(address)).listen(80, address);`;
/** Asks ten times a second, each time by a new connection, and writes who answered. */
const webClient = `
  const { get } = require('node:http');
  setInterval(() => {
    const asking = get({ host: '${vip}', agent: false, timeout: 1000 }, (response) => {
      response.setEncoding('utf8');
      response.on('data', (text) => console.log(text));
    });
    asking.on('timeout', () => asking.destroy());
    asking.on('error', () => undefined);
  }, 100);`;

describe('a drain', function () {
  this.timeout(4 * patience + watched);
  let [lb0, lb1]: [Host?, Host?] = [];
  const programs: ChildProcess[] = [];
  const spaces: Namespace[] = [];
  const answers: string[] = [];

  const space = (name: string): Namespace => {
    const made = createNamespace(name);
    spaces.push(made);
    return made;
  };
  const start = (namespace: Namespace, script: string): ChildProcess => {
    const child = spawn('ip', ['netns', 'exec', namespace.name, process.execPath, '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    programs.push(child);
    return child;
  };
  const directors = (): [Host, Host] => {
    assert.ok(lb0 !== undefined && lb1 !== undefined);
    return [lb0, lb1];
  };
  const isDrainedOn = async (host: Host): Promise<boolean> =>
    (await askStatus(host))?.services[0]?.servers.some(({ name, drained }) => name === 'rs0' && drained) ?? false;

  before(async () => {
    [lb0, lb1] = openHosts();
    // The cable between the two carries VRRP and commands; a bridge joins them, the client and the servers.
    const [bridge, servers, client] = [space('sw'), space('rs'), space('cl')];
    bridge.run('ip', 'link', 'add', 'br0', 'type', 'bridge');
    bridge.run('ip', 'link', 'set', 'br0', 'up');
    const plug = (namespace: Namespace, name: string, ...addresses: string[]): void => {
      const port = `p${namespace.name.slice(-3)}`;
      bridge.run('ip', 'link', 'add', port, 'type', 'veth', 'peer', 'name', name, 'netns', namespace.name);
      bridge.run('ip', 'link', 'set', port, 'master', 'br0', 'up');
      for (const address of addresses) namespace.run('ip', 'address', 'add', address, 'dev', name);
      namespace.run('ip', 'link', 'set', name, 'up');
    };
    plug(lb0.namespace, 'enp0s8', '192.168.66.11/24');
    plug(lb1.namespace, 'enp0s8', '192.168.66.12/24');
    plug(servers, 'enp0s8', '192.168.66.111/24', '192.168.66.112/24');
    plug(client, 'enp0s8', '192.168.66.200/24');
    client.run('ip', 'route', 'add', `${vip}/32`, 'dev', 'enp0s8');
    for (const [host, priority, own, other] of [
      [lb0, 150, 11, 12],
      [lb1, 100, 12, 11],
    ] as const) {
      const keyFile = join(host.directory, 'key');
      writeFileSync(keyFile, 'a secret that both directors know\n');
      configure(host, [{ ...router('vip', 51, priority, [`${vip}/32`]), interface: 'enp0s8' }], {
        virtual_services: [
          {
            name: 'web',
            address: `${vip}:80`,
            snat: true,
            check: { interval: '500ms', timeout: '2s' },
            real_servers: [
              { name: 'rs0', address: '192.168.66.111:80', weight: 100 },
              { name: 'rs1', address: '192.168.66.112:80', weight: 100 },
            ],
          },
        ],
        peers: { listen: `192.168.66.${own}:8550`, key_file: keyFile, directors: [`192.168.66.${other}:8550`] },
      });
      startConfigured(host);
    }
    start(servers, webServer);
    const [first, second] = directors();
    const isState = async (host: Host, state: string): Promise<boolean> =>
      (await askStatus(host))?.routers[0]?.state === state;
    const rules = async () => (await isState(first, 'master')) && (await isState(second, 'backup'));
    await until('lb0 rules', rules, patience);
    for (const host of [first, second]) {
      await until(
        'the servers are up',
        async () => (await askStatus(host))?.services[0]?.servers.every(({ health }) => health === 'up') ?? false,
        patience,
      );
      await until(
        'the peers know each other',
        async () => (await askStatus(host))?.peers[0]?.reachable ?? false,
        patience,
      );
    }
    start(client, webClient).stdout?.on('data', (text: Buffer) => answers.push(...text.toString().trim().split('\n')));
    await until('both servers answer', () => new Set(answers).size === 2, patience);
  });
  after(async function () {
    if (!this.test?.parent?.tests.every(({ state }) => state === 'passed')) {
      console.error(`${lb0?.log()}\n${lb1?.log()}\n${answers.length} answers`);
    }
    for (const child of programs) child.kill('SIGKILL');
    await closeHosts();
    for (const namespace of spaces) namespace.remove();
  });

  it('given to lb0 is known to lb1', async () => {
    const [first, second] = directors();
    assert.equal(regent(first, 'drain', 'rs0', '--until-idle', '--max', '1m').code, 0);
    await until('lb1 drains it too', () => isDrainedOn(second), 10_000);
    assert.match(second.log(), /by command on lb0, received from lb0: drained/);
  });

  it(`holds for ${watched / 1000} s after lb0 was cut off, while rs1 answers`, async () => {
    const [first, second] = directors();
    answers.length = 0;
    first.namespace.run('ip', 'link', 'set', 'enp0s8', 'down');
    await sleep(watched);
    const answersOf = (address: string): number => answers.filter((answer) => answer === address).length;
    await until('rs1 answers', () => answersOf('192.168.66.112') > extent(20, 5), patience);
    assert.equal(answersOf('192.168.66.111'), 0);
    assert.match(regent(second, 'status').out, /192\.168\.66\.11:8550\s+not reached/);
    assert.match(regent(second, 'health').out, /does not have the latest commands/);
  });

  it('ended on lb1 ends on lb0 once the two can speak again', async () => {
    const [first, second] = directors();
    assert.equal(regent(second, 'undrain', 'rs0').code, 0);
    await until('rs0 answers again', () => answers.includes('192.168.66.111'), patience);
    assert.ok(await isDrainedOn(first));
    first.namespace.run('ip', 'link', 'set', 'enp0s8', 'up');
    await until('lb0 is told', async () => !(await isDrainedOn(first)), patience);
  });

  it('gives way to a weight, which outlives a reload and is taken back', async () => {
    const [first] = directors();
    assert.equal(regent(first, 'weight', 'rs1', '50').code, 0);
    const weightOf = async (): Promise<number | undefined> =>
      (await askStatus(first))?.services[0]?.servers.find(({ name }) => name === 'rs1')?.weight;
    await until('the kernel has the weight', async () => (await weightOf()) === 50, patience);
    assert.equal(regent(first, 'reload').code, 0);
    await until('the director answers', async () => (await weightOf()) !== undefined, patience);
    assert.equal(await weightOf(), 50);
    assert.equal(regent(first, 'weight', 'rs1', 'configured').code, 0);
    await until('the kernel has the configured one', async () => (await weightOf()) === 100, patience);
  });
});
