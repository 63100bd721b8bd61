// What a FIFO is told of services and real servers: a real keepalived and a director go through the same, in the same lines.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFifo } from '../../netns/controller/fifo-reader.ts';
import { configure, startConfigured } from '../../netns/controller/operated-director.ts';
import { until } from '../../netns/namespaces.ts';
import { closeHosts, ended, type Host, openHosts } from '../../netns/vrrp/hosts.ts';
import { patience } from '../controller/running-director.ts';

const check = 'TCP_CHECK {\n connect_timeout 1\n retry 1\n delay_before_retry 1\n }';
/** Pessimistic at the start, as regent is. */
const virtualServer = (match: string, ...lines: string[]): string => `virtual_server ${match} {
  ${lines.join('\n')}
  delay_loop 1
  lb_algo wrr
  lb_kind NAT
  alpha
  real_server 192.168.66.111 80 {
    weight 1
    ${check}
  }
}
`;
const service = (name: string, match: object): object => ({
  name,
  ...match,
  check: { type: 'tcp', interval: '1s', rise: 1, fall: 1 },
  real_servers: [{ name: 'rs0', address: '192.168.66.111:80' }],
});

describe('a FIFO', function () {
  this.timeout(3 * patience);
  let hosts: readonly [Host, Host];
  let says: readonly (() => string[])[];
  let servers: readonly ChildProcess[];

  const isListening = ({ namespace }: Host): boolean => namespace.run('ss', '-Hltn', 'sport = :80') !== '';
  // Whoever checks it may reset the connection.
  const script =
    "require('net').createServer((socket) => socket.on('error', () => {}).end()).listen(80, '192.168.66.111')";
  /** A real server on the loopback of each: one that came up late would be told of as down. */
  const serve = async (): Promise<readonly ChildProcess[]> => {
    const started = hosts.map(({ start }) => start(process.execPath, '-e', script));
    await until('the servers listen', () => hosts.every(isListening), patience);
    return started;
  };

  before(async () => {
    hosts = openHosts();
    const [theirs, ours] = hosts;
    for (const { namespace } of hosts) namespace.run('ip', 'address', 'add', '192.168.66.111/32', 'dev', 'lo');
    says = hosts.map((host) => readFifo(join(host.directory, 'fifo'), host));
    servers = await serve();
    const file = join(theirs.directory, 'keepalived.conf');
    const fifo = `global_defs {\n  lvs_notify_fifo ${join(theirs.directory, 'fifo')}\n}\n`;
    writeFileSync(file, [fifo, virtualServer('192.168.55.100 80', 'protocol TCP'), virtualServer('fwmark 7')].join(''));
    configure(ours, [], {
      virtual_services: [service('web', { address: '192.168.55.100:80' }), service('marked', { firewall_marks: [7] })],
      notifications: [{ name: 'fifo', fifo: join(ours.directory, 'fifo') }],
    });
    const pids = ['-p', join(theirs.directory, 'keepalived.pid'), '-c', join(theirs.directory, 'checkers.pid')];
    theirs.start('/usr/sbin/keepalived', '-n', '-l', '-C', '-f', file, ...pids);
    startConfigured(ours);
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed'))
      console.error(hosts.map((host) => host.log()).join('\n'));
    await closeHosts();
  });

  /** Both services and the server of each, so many times. */
  const bothSay = (state: 'UP' | 'DOWN', times: number): Promise<void> =>
    until(
      `both say ${state}`,
      () => says.every((lines) => lines().filter((line) => line.endsWith(` ${state}`)).length >= 4 * times),
      patience,
    );

  it('is told by both of servers and services in the same lines', async () => {
    await bothSay('UP', 1);
    for (const server of servers) server.kill('SIGKILL');
    await Promise.all(servers.map((server) => ended(server, patience)));
    await bothSay('DOWN', 1);
    servers = await serve();
    await bothSay('UP', 2);
    const [keepalivedSays = [], regentSays = []] = says.map((lines) => lines());
    // Which of the two services is told of first is for chance to say.
    for (const of of ['[192.168.55.100]:tcp:80', 'FWM 7']) {
      const ofOne = (lines: readonly string[]): string[] => lines.filter((line) => line.includes(of));
      assert.deepEqual(ofOne(regentSays), ofOne(keepalivedSays));
    }
  });
});
