// Drains of what has no TCP connections: SCTP, one-packet scheduling, and flows of UDP with a firewall mark.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import type { Status } from '../../../controller/control/status.ts';
import { removeNamespaces, until } from '../../netns/namespaces.ts';
import { patience, type RunningDirector, runDirector } from '../controller/running-director.ts';
import { client, type ForwardingNetwork, openForwardingNetwork, serverAddresses, vip } from './forwarding-network.ts';
import { sctpEcho, sctpKeeper } from './sctp-programs.ts';

const [onePacket, marked, sctp] = [2006, 2002, 2009];

/**
 * Clients of UDP by number, each with its own source: `ask N PORT COUNT` sends that many, and prints who answered; `keep N PORT` goes on
 * asking, and prints who answered first; `end N` stops it, and prints who answered meanwhile.
 */
const udpClients = `
  const known = new Map();
  const open = () => {
    const socket = require('node:dgram').createSocket('udp4');
    const one = { socket, take: () => {} };
    socket.on('error', ({ code }) => one.take(code)).on('message', (data) => one.take(String(data).slice(0, 3)));
    return one;
  };
  const ask = (one, port) => new Promise((resolve) => {
    const timer = setTimeout(() => resolve('nothing'), 3000);
    one.take = (answer) => { clearTimeout(timer); resolve(answer); };
    one.socket.send('x', port, '${vip.ipv4}');
  });
  const tell = (answers) => console.log([...new Set(answers)].sort().join());
  const keep = async (one, port) => {
    one.answers = [await ask(one, port)];
    tell(one.answers);
    for (one.isKept = true; one.isKept; await new Promise((resolve) => setTimeout(resolve, 20)))
      one.answers.push(await ask(one, port));
    tell(one.answers);
  };
  require('node:readline').createInterface({ input: process.stdin }).on('line', async (line) => {
    const [word, number, port, count] = line.split(' ');
    if (!known.has(number)) known.set(number, open());
    const one = known.get(number);
    if (word === 'end') one.isKept = false;
    else if (word === 'keep') await keep(one, Number(port));
    else {
      const answers = [];
      for (let index = 0; index < Number(count); index += 1) answers.push(await ask(one, Number(port)));
      tell(answers);
    }
  });`;

const servers = (kind: string, port?: number): string =>
  Object.entries(serverAddresses)
    .map(([name, { ipv4 }]) => `{ name: ${name}-${kind}, address: "${ipv4}${port === undefined ? '' : `:${port}`}" }`)
    .join(', ');
const configuration = `
director: lb
vrrp: { routers: [] }
ipvs_timeouts: { udp: 3s }
virtual_services:
  - name: sctp
    address: ${vip.ipv4}:${sctp}
    protocol: sctp
    scheduler: rr
    check: { type: ping, interval: 500ms, timeout: 400ms }
    real_servers: [${servers('sctp', sctp)}]
  - name: one-packet
    address: ${vip.ipv4}:${onePacket}
    protocol: udp
    scheduler: rr
    forwarding: direct
    one_packet: true
    check: { type: ping, interval: 500ms, timeout: 400ms }
    real_servers: [${servers('ops', onePacket)}]
  - name: marked
    firewall_marks: [7]
    scheduler: rr
    check: { type: ping, interval: 500ms, timeout: 400ms }
    real_servers: [${servers('mark')}]
log: { format: json }
`;

describe('a drain', function () {
  this.timeout(2 * patience);
  let network: ForwardingNetwork;
  let director: RunningDirector;
  let bySctp: (line: string) => Promise<string>;
  let byUdp: (line: string) => Promise<string>;
  const echoes: ChildProcess[] = [];

  const living = async (server: string): Promise<number | undefined> =>
    ((await director.status()) as Status).services
      .flatMap(({ servers: all }) => all)
      .find(({ name }) => name === server)?.livingConnections;
  const drain = (...args: string[]): number | null => director.regent('drain', ...args).code;
  const other = (name: string): string => (name === 'rs0' ? 'rs1' : 'rs0');

  before(async () => {
    spawnSync('modprobe', ['sctp']);
    network = await openForwardingNetwork([onePacket, marked]);
    for (const [name, { ipv4 }] of Object.entries(serverAddresses)) {
      const host = network.servers[name as keyof typeof serverAddresses];
      const args = ['netns', 'exec', host.name, process.execPath, '-e', sctpEcho, name, ipv4, `${sctp}`];
      const child = spawn('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] });
      echoes.push(child);
      await new Promise((resolve) => child.stdout?.once('data', resolve));
    }
    network.director.run(
      'nft',
      `add table ip marks; add chain ip marks input { type filter hook prerouting priority mangle; };
       add rule ip marks input ip daddr ${vip.ipv4} udp dport ${marked} meta mark set 7`,
    );
    director = await runDirector(network.director, configuration);
    await until(
      'all servers are up',
      async () =>
        ((await director.status()) as Status).services.every(({ servers: all }) =>
          all.every(({ health, weight }) => health === 'up' && weight === 1),
        ),
      patience,
    );
    [bySctp, byUdp] = [network.openClient(sctpKeeper(vip.ipv4, sctp, client.ipv4)), network.openClient(udpClients)];
  });
  after(() => {
    director?.remove();
    for (const child of echoes) child.kill('SIGKILL');
    network?.close();
    removeNamespaces();
  });

  it('of SCTP waits for the association, which goes on, and new ones go elsewhere', async () => {
    const own = await bySctp('open 1');
    assert.match(own, /^rs[01]$/);
    const server = `${own}-sctp`;
    await until('it is counted', async () => (await living(server)) === 1);
    assert.equal(drain(server, '--until-idle', '--max', '3s'), 1);
    assert.equal(await bySctp('ask 1'), own);
    for (const number of [2, 3]) {
      assert.equal(await bySctp(`open ${number}`), other(own));
      await bySctp(`close ${number}`);
    }
    assert.equal(await bySctp('ask 1'), own);
    await bySctp('close 1');
    assert.equal(drain(server, '--until-idle', '--max', '30s'), 0);
  });

  it('of one-packet scheduling has nothing to wait for, and no datagram is lost', async () => {
    assert.equal(await byUdp(`ask 1 ${onePacket} 6`), 'rs0,rs1');
    const asked = byUdp(`ask 1 ${onePacket} 200`);
    assert.equal(drain('rs0-ops', '--until-idle', '--max', '20s'), 0);
    assert.match(await asked, /^(rs0,)?rs1$/);
    assert.equal(await byUdp(`ask 1 ${onePacket} 20`), 'rs1');
  });

  it('of a firewall mark waits for a flow of UDP until it is silent', async () => {
    // Asked all the time, since a flow ends while a command starts that takes longer than its timeout.
    const own = await byUdp(`keep 1 ${marked}`);
    assert.match(own, /^rs[01]$/);
    const server = `${own}-mark`;
    assert.equal(drain(server), 0);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    assert.equal(await living(server), 1);
    assert.equal(await byUdp(`ask 2 ${marked} 3`), other(own));
    assert.equal(await byUdp('end 1'), own);
    assert.equal(drain(server, '--until-idle', '--max', '30s'), 0);
    assert.equal(await byUdp(`ask 1 ${marked} 3`), other(own));
  });
});
