// Messages of connection synchronisation reach the group on their interface, over IPv4 and IPv6, and not their own host.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../namespaces.ts';

const sender = fileURLToPath(new URL('../../../kernel/sockets/sync-sender.js', import.meta.url));
const count = 40;

/** Once told that all are sent, prints how many datagrams came until none comes any more. Arguments: the group, and the own address or interface. */
const listenScript = `
  const [, group, own] = process.argv;
  const isFour = group.includes('.');
  const socket = require('node:dgram').createSocket(isFour ? 'udp4' : 'udp6');
  const seen = new Set();
  const done = () => { console.log(seen.size); process.exit(); };
  let timer;
  const wait = () => { clearTimeout(timer); timer = setTimeout(done, 300); };
  socket.on('message', (data) => { seen.add(data.toString()); if (timer !== undefined) wait(); });
  socket.bind(8848, () => {
    socket.addMembership(group, own);
    console.log('up');
    process.stdin.on('data', wait);
  });`;
const sendScript = (group: string): string => `
  const { sendSyncMessages } = await import(${JSON.stringify(sender)});
  const messages = Array.from({ length: ${count} }, (_, index) => Buffer.from('message ' + index));
  await sendSyncMessages({ interface: 'e0', group: '${group}', port: 8848, ttl: 1 }, messages);`;

describe('messages of connection synchronisation', () => {
  const children: ChildProcess[] = [];
  let hosts: [Namespace, Namespace];

  const start = (namespace: Namespace, ...args: readonly string[]): ChildProcess => {
    const child = spawn('ip', ['netns', 'exec', namespace.name, process.execPath, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    return child;
  };
  const lineOf = async ({ stdout }: ChildProcess): Promise<string> => {
    const [data] = stdout === null ? [''] : await once(stdout, 'data');
    return String(data).trim();
  };

  before(async () => {
    hosts = [createNamespace('from'), createNamespace('to')];
    const [from, to] = hosts;
    connect(
      { namespace: from, interface: 'e0', addresses: ['10.0.0.1/24', 'fd00::1/64'] },
      { namespace: to, interface: 'e0', addresses: ['10.0.0.2/24', 'fd00::2/64'] },
    );
    const isTentative = (host: Namespace): boolean =>
      host.run('ip', 'address', 'show', 'dev', 'e0').includes('tentative');
    await until('the addresses are certain', () => !hosts.some(isTentative));
    // A second way out, which the messages must not take.
    from.run('ip', 'link', 'add', 'other', 'type', 'bridge');
    from.run('ip', 'address', 'add', '10.9.0.1/24', 'dev', 'other');
    from.run('ip', 'link', 'set', 'other', 'up');
    from.run('ip', 'route', 'add', '224.0.0.0/4', 'dev', 'other');
    from.run('ip', '-6', 'route', 'add', 'ff02::51/128', 'dev', 'other', 'table', 'local');
  });
  after(() => {
    for (const child of children) child.kill('SIGKILL');
    removeNamespaces();
  });

  for (const group of ['224.0.0.81', 'ff02::51'])
    it(`leave for ${group} by their interface alone`, async () => {
      const listeners = hosts.map((host, index) =>
        start(host, '-e', listenScript, group, group.includes(':') ? '::%e0' : `10.0.0.${index + 1}`),
      );
      for (const listener of listeners) assert.equal(await lineOf(listener), 'up');
      const sending = start(hosts[0], '--input-type=module', '-e', sendScript(group));
      const [code] = await once(sending, 'exit');
      assert.equal(code, 0);
      const counts = listeners.map(async (listener) => {
        const line = lineOf(listener);
        listener.stdin?.write('sent\n');
        return Number(await line);
      });
      assert.deepEqual(await Promise.all(counts), [0, count]);
    });
});
