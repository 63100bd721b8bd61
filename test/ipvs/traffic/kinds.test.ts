// Real traffic by what a service may be besides an address with a port: marks, ranges, every port, SCTP, one packet, limits.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { dump } from 'js-yaml';
import { applySysctls, restoreSysctls } from '../../../controller/sysctls.ts';
import { removeNamespaces } from '../../netns/namespaces.ts';
import { configOf, type InProcessTable, listing, openTable } from '../controller/in-process-table.ts';
import { type ForwardingNetwork, openForwardingNetwork, serverAddresses, vip } from './forwarding-network.ts';
import { rememberSysctls } from './remembered-sysctls.ts';
import { sctpClient, sctpServer } from './sctp-programs.ts';

const ports = { range: 2001, marked: 2002, markedToo: 2003, every: 2004, everyToo: 2005, onePacket: 2006, flow: 2007 };
const [limited, sctp] = [2008, 2009];
const otherAddresses = ['192.168.55.101', '192.168.55.102'] as const;
const wide = '192.168.55.103';
const secondClient = '192.168.55.201';
/** How long the kernel remembers a client of UDP here, in seconds. */
const udpTimeout = 2;

/** What each kind of service is asked, all at once, by one program on the client; prints the answers by kind. */
const clientScript = `
  const [vip, vip6, others, wide, second, ports, limited] = JSON.parse(process.argv[1]);
  const wait = (span) => new Promise((resolve) => setTimeout(resolve, span));
  const byTcp = (host, port, localAddress) => new Promise((resolve) => {
    const socket = require('node:net').connect({ host, port, localAddress }, () => socket.write('x\\n'));
    socket.setTimeout(5000, () => resolve('nothing'));
    socket.on('error', ({ code }) => resolve(code)).on('data', (data) => resolve(String(data).slice(0, 3)));
  });
  /** A client of UDP: its datagrams have one source, so the kernel takes them for one connection. */
  const openUdp = () => {
    const socket = require('node:dgram').createSocket('udp4');
    let onAnswer = () => {};
    socket.on('error', ({ code }) => onAnswer(code)).on('message', (data) => onAnswer(String(data).slice(0, 3)));
    return (port, limit) => new Promise((resolve) => {
      const timer = setTimeout(() => resolve('nothing'), limit);
      onAnswer = (answer) => { clearTimeout(timer); resolve(answer); };
      socket.send('x', port, vip);
    });
  };
  const inTurn = async (asks) => { const answers = []; for (const ask of asks) answers.push(await ask()); return answers; };
  const times = (count, ask) => inTurn(Array(count).fill(ask));
  const markedPorts = [ports.marked, ports.markedToo, ports.marked, ports.markedToo];
  const kinds = {
    range: () => inTurn([vip, ...others].map((address) => () => byTcp(address, ports.range))),
    marked: () => inTurn(markedPorts.map((port) => () => byTcp(vip, port))),
    markedByIpv6: () => inTurn(markedPorts.map((port) => () => byTcp(vip6, port))),
    every: () => inTurn([ports.every, ports.everyToo, ports.every].map((port) => () => byTcp(wide, port))),
    everyOfSecond: async () => { await wait(500); return inTurn([ports.every, ports.everyToo].map((port) => () => byTcp(wide, port, second))); },
    onePacket: () => { const ask = openUdp(); return times(4, () => ask(ports.onePacket, 5000)); },
    flow: () => { const ask = openUdp(); return times(4, () => ask(ports.flow, 5000)); },
    limited: async () => {
      const [first, other, third] = [openUdp(), openUdp(), openUdp()];
      const full = [await first(limited, 5000), await other(limited, 5000), await third(limited, 1000)];
      const end = Date.now() + ${2 * udpTimeout * 1000};
      while (Date.now() < end) { await first(limited, 1000); await wait(200); }
      const oneLeft = await third(limited, 1000);
      let resumed = 'nothing';
      for (let tries = 0; tries < 30 && resumed !== 'rs0'; tries += 1) { await wait(500); resumed = await third(limited, 1000); }
      return [...full, oneLeft, resumed];
    },
  };
  Promise.all(Object.entries(kinds).map(async ([name, ask]) => [name, await ask()])).then((found) => {
    console.log(JSON.stringify(Object.fromEntries(found)));
    process.exit();
  });`;

const real = (port?: number) =>
  Object.entries(serverAddresses).map(([name, { ipv4 }]) => ({
    name,
    address: port === undefined ? ipv4 : `${ipv4}:${port}`,
  }));
const realByIpv6 = Object.entries(serverAddresses).map(([name, { ipv6 }]) => ({ name, address: ipv6 }));
const { range, onePacket, flow } = ports;
const direct = { protocol: 'udp', scheduler: 'rr', forwarding: 'direct' };
const services = [
  {
    name: 'range',
    addresses: [`${vip.ipv4}:${range}`, `${otherAddresses.join('-')}:${range}`],
    scheduler: 'rr',
    real_servers: real(range),
  },
  { name: 'marked', firewall_marks: [7], scheduler: 'rr', check: { type: 'ping' }, real_servers: real() },
  {
    name: 'marked-by-ipv6',
    ...{ firewall_marks: [7], family: 'ipv6', scheduler: 'rr' },
    check: { type: 'ping' },
    real_servers: realByIpv6,
  },
  {
    name: 'every',
    address: wide,
    scheduler: 'rr',
    persistence: { timeout: '5m' },
    check: { type: 'ping' },
    real_servers: real(),
  },
  {
    name: 'one-packet',
    address: `${vip.ipv4}:${onePacket}`,
    ...direct,
    one_packet: true,
    real_servers: real(onePacket),
  },
  { name: 'flow', address: `${vip.ipv4}:${flow}`, ...direct, real_servers: real(flow) },
  {
    ...{ name: 'limited', address: `${vip.ipv4}:${limited}`, protocol: 'udp' },
    real_servers: [{ name: 'rs0', address: `${serverAddresses.rs0.ipv4}:${limited}` }],
    ...{ max_connections: 2, resume_connections: 1 },
  },
  {
    name: 'sctp',
    address: `${vip.ipv4}:${sctp}`,
    protocol: 'sctp',
    scheduler: 'rr',
    check: { type: 'ping' },
    real_servers: real(sctp),
  },
];

type Answers = Readonly<Record<string, readonly string[]>>;

describe('real traffic of a service', function () {
  this.timeout(180_000);
  let network: ForwardingNetwork;
  let table: InProcessTable;
  let answers: Answers;
  const servers: ChildProcess[] = [];
  const sysctls = rememberSysctls();

  before(async () => {
    spawnSync('modprobe', ['sctp']);
    network = await openForwardingNetwork([...Object.values(ports), limited]);
    const { director, client, servers: hosts } = network;
    for (const address of [...otherAddresses, wide])
      director.run('ip', 'address', 'add', `${address}/32`, 'dev', 'enp0s9');
    client.run('ip', 'address', 'add', `${secondClient}/24`, 'dev', 'enp0s9');
    const { marked, markedToo } = ports;
    for (const [family, address] of [
      ['ip', vip.ipv4],
      ['ip6', vip.ipv6],
    ] as const)
      director.run(
        'nft',
        `add table ${family} marks; add chain ${family} marks input { type filter hook prerouting priority mangle; };
         add rule ${family} marks input ${family} daddr ${address} tcp dport { ${marked}, ${markedToo} } meta mark set 7`,
      );
    for (const [name, { ipv4 }] of Object.entries(serverAddresses)) {
      const host = hosts[name as keyof typeof serverAddresses];
      const args = ['netns', 'exec', host.name, process.execPath, '-e', sctpServer, name, ipv4, `${sctp}`];
      const child = spawn('ip', args, { stdio: ['ignore', 'pipe', 'inherit'] });
      servers.push(child);
      await new Promise((resolve) => child.stdout?.once('data', resolve));
    }
    const config = configOf(dump({ virtual_services: services, ipvs_timeouts: { udp: `${udpTimeout}s` } }));
    director.enter(() => applySysctls(config, sysctls, () => {}));
    table = openTable(director, config);
    table.reconcile();
    assert.deepEqual(
      table.log.filter((line) => line.startsWith('error')),
      [],
    );
    const told = [vip.ipv4, vip.ipv6, otherAddresses, wide, secondClient, ports, limited];
    answers = JSON.parse(await network.onClient(clientScript, JSON.stringify(told)));
  });
  after(async () => {
    await table?.clear();
    table?.remove();
    network?.director.enter(() => restoreSysctls(sysctls, () => {}));
    for (const child of servers) child.kill('SIGKILL');
    network?.close();
    removeNamespaces();
  });

  it('of several addresses and a range of them is answered at each', () => {
    assert.deepEqual(
      answers.range?.map((answer) => /^rs[01]$/.test(answer)),
      [true, true, true],
    );
    assert.equal(listing(network.director).filter((line) => line.startsWith('TCP 192.168.55.10')).length, 4);
  });

  it('of a firewall mark takes all of its family that bears it, at the port that was asked', () => {
    for (const found of [answers.marked, answers.markedByIpv6])
      assert.deepEqual([...(found ?? [])].sort(), ['rs0', 'rs0', 'rs1', 'rs1']);
  });

  it('of every port keeps a client at one server whatever port it asks, and another at the other', () => {
    const [first = ''] = answers.every ?? [];
    const other = first === 'rs0' ? 'rs1' : 'rs0';
    assert.match(first, /^rs[01]$/);
    assert.deepEqual(answers.every, [first, first, first]);
    assert.deepEqual(answers.everyOfSecond, [other, other]);
  });

  it('of one-packet scheduling gives each datagram of a client to the next server', () => {
    assert.deepEqual([...(answers.onePacket ?? [])].sort(), ['rs0', 'rs0', 'rs1', 'rs1']);
    const [first = ''] = answers.flow ?? [];
    assert.match(first, /^rs[01]$/);
    assert.deepEqual(answers.flow, Array(4).fill(first), 'without it they stay together');
  });

  it('of limited connections refuses one more, and takes new ones only below the lower limit', () => {
    const [first, second, third, whileOneIsLeft, resumed] = answers.limited ?? [];
    assert.deepEqual([first, second, resumed], ['rs0', 'rs0', 'rs0']);
    for (const refused of [third, whileOneIsLeft]) assert.match(refused ?? '', /^(nothing|ECONNREFUSED)$/);
  });

  it('of SCTP is answered by both servers', async () => {
    const found = await network.onClient(sctpClient, vip.ipv4, `${sctp}`, '192.168.55.200', '2');
    assert.deepEqual(found.trim().split('\n').sort(), ['rs0', 'rs1']);
    assert.equal(listing(network.director).filter((line) => line.startsWith('SCTP')).length, 1);
  });
});
