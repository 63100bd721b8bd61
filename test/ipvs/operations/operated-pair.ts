// A pair of directors on one bridge with its real servers and a client, which asks ten times a second and notes who answered.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askStatus, configure, router, startConfigured } from '../../netns/controller/operated-director.ts';
import { createNamespace, type Namespace, until } from '../../netns/namespaces.ts';
import { closeHosts, ended, type Host, openHosts } from '../../netns/vrrp/hosts.ts';

export const vip = '192.168.55.100';
export const patience = 120_000;

/** Web servers on these addresses, which answer with the address that was asked. */
const webServer = (addresses: readonly string[]): string => `
  const { createServer } = require('node:http');
  for (const address of ${JSON.stringify(addresses)})
    createServer((request, response) => response.end(address)).listen(80, address);`;
/** Asks each time by a new connection, and writes who answered. */
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

/** As the file writes it: rs0 is the first. */
export const realServer = (index: number, more: object = {}): object => ({
  name: `rs${index}`,
  address: `192.168.66.${111 + index}:80`,
  weight: 100,
  ...more,
});

export type OperatedPair = {
  readonly hosts: readonly [Host, Host];
  /** Those of the client since it was last emptied. */
  readonly answers: string[];
  /** Writes a director's file anew. */
  readonly write: (host: Host, servers?: readonly object[], more?: object) => void;
  /** Ends a director by SIGTERM, or SIGUSR2, which leaves all in the kernel for the next. */
  readonly stop: (host: Host, name?: NodeJS.Signals) => Promise<void>;
  readonly start: (host: Host) => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Resolves when lb0 is master, both know each other, the servers are up, and both of them have answered. @param serverCount how many web servers run */
export const openPair = async (serverCount = 2): Promise<OperatedPair> => {
  const [lb0, lb1] = openHosts();
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
  const write: OperatedPair['write'] = (host, servers = [realServer(0), realServer(1)], more = {}) => {
    const [priority, own, other] = host === lb0 ? [150, 11, 12] : [100, 12, 11];
    const keyFile = join(host.directory, 'key');
    writeFileSync(keyFile, 'a secret that both directors know\n');
    configure(host, [{ ...router('vip', 51, priority, [`${vip}/32`]), interface: 'enp0s8' }], {
      virtual_services: [
        {
          name: 'web',
          address: `${vip}:80`,
          snat: true,
          check: { interval: '500ms', timeout: '2s' },
          real_servers: servers,
          ...more,
        },
      ],
      peers: { listen: `192.168.66.${own}:8550`, key_file: keyFile, directors: [`192.168.66.${other}:8550`] },
    });
  };
  const running = new Map<Host, ChildProcess>();
  const startDirector = (host: Host): void => {
    running.set(host, startConfigured(host));
  };
  const close = async (): Promise<void> => {
    for (const child of programs) child.kill('SIGKILL');
    await closeHosts();
    for (const namespace of spaces) namespace.remove();
  };
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
  const web = Array.from({ length: serverCount }, (_, index) => `192.168.66.${111 + index}`);
  plug(lb0.namespace, 'enp0s8', '192.168.66.11/24');
  plug(lb1.namespace, 'enp0s8', '192.168.66.12/24');
  plug(servers, 'enp0s8', ...web.map((address) => `${address}/24`));
  plug(client, 'enp0s8', '192.168.66.200/24');
  client.run('ip', 'route', 'add', `${vip}/32`, 'dev', 'enp0s8');
  try {
    for (const host of [lb0, lb1]) {
      write(host);
      startDirector(host);
    }
    start(servers, webServer(web));
    const isState = async (host: Host, state: string): Promise<boolean> =>
      (await askStatus(host))?.routers[0]?.state === state;
    await until('lb0 rules', async () => (await isState(lb0, 'master')) && (await isState(lb1, 'backup')), patience);
    for (const host of [lb0, lb1]) {
      const isUp = async (): Promise<boolean> =>
        (await askStatus(host))?.services[0]?.servers.every(({ health }) => health === 'up') ?? false;
      await until('the servers are up', isUp, patience);
      const isMet = async (): Promise<boolean> => (await askStatus(host))?.peers[0]?.reachable ?? false;
      await until('the peers know each other', isMet, patience);
    }
    start(client, webClient).stdout?.on('data', (text: Buffer) => answers.push(...text.toString().trim().split('\n')));
    await until('both servers answer', () => new Set(answers).size === 2, patience);
  } catch (error) {
    console.error(`${lb0.log()}\n${lb1.log()}`);
    await close();
    throw error;
  }
  return {
    hosts: [lb0, lb1],
    answers,
    write,
    stop: async (host, name = 'SIGTERM') => {
      const child = running.get(host);
      assert.ok(child !== undefined);
      child.kill(name);
      await ended(child, patience);
    },
    start: async (host) => {
      startDirector(host);
      await until('it answers', async () => (await askStatus(host)) !== undefined, patience);
    },
    close,
  };
};

/** Writes the logs of both where a test of a suite has failed. */
export const showFailure = (suite: Mocha.Suite | undefined, pair: OperatedPair | undefined): void => {
  if (suite?.tests.every(({ state }) => state === 'passed')) return;
  console.error(pair?.hosts.map((host) => host.log()).join('\n'), `${pair?.answers.length} answers`);
};

export const paired = (pair: OperatedPair | undefined): OperatedPair => {
  assert.ok(pair !== undefined);
  return pair;
};
