// regent's nftables table in a real kernel: written once, repaired, removed; and a client reaches a server that has no way back but through it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openIpvs } from '../../../kernel/ipvs/table.ts';
import { readNftablesGeneration } from '../../../kernel/nftables/generation.ts';
import { type Nat, openNat } from '../../../kernel/nftables/nat.ts';
import { planSnat, type SnatEntry } from '../../../kernel/nftables/nat-rules.ts';
import { restoreSysctl, setSysctl } from '../../../kernel/system/sysctl.ts';
import { type IpAddress, ip } from '../../../net/ip-address.ts';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../../netns/namespaces.ts';

const web = { protocol: 'tcp', address: ip('192.168.55.100'), port: 80 } as const;
const entry: SnatEntry = { ...web, network: '192.168.66.0/24', source: ip('192.168.66.11') };

/** Answers by the address that asks. */
const serverScript = `
  const plain = (address) => address.replace('::ffff:', '');
  const udp = require('node:dgram').createSocket('udp6');
  udp.on('error', () => {}).on('message', (data, { address, port }) => udp.send(plain(address), port, address));
  udp.bind(80, '::', () =>
    require('node:net').createServer((socket) => socket.end(plain(socket.remoteAddress))).listen(80, '::', () => console.log('up')));`;

const clientScript = `
  const byTcp = (address) => new Promise((resolve) => {
    const socket = require('node:net').connect(80, address);
    setTimeout(() => resolve('nothing'), 3000);
    socket.on('error', ({ code }) => resolve(code)).on('data', (data) => resolve(String(data)));
  });
  const byUdp = (address, type) => new Promise((resolve) => {
    const socket = require('node:dgram').createSocket(type);
    setTimeout(() => resolve('nothing'), 3000);
    socket.on('error', ({ code }) => resolve(code)).on('message', (data) => resolve(String(data)));
    socket.send('x', 80, address);
  });
  const [four, six] = ['192.168.55.100', 'fd55::100'];
  Promise.all([byTcp(four), byUdp(four, 'udp4'), byTcp(six), byUdp(six, 'udp6')]).then(([tcp4, udp4, tcp6, udp6]) => {
    console.log(JSON.stringify({ tcp4, udp4, tcp6, udp6 }));
    process.exit();
  });`;

describe('source NAT in the kernel', () => {
  let director: Namespace;
  const endings: (() => void)[] = [];
  beforeEach(() => {
    director = createNamespace('nat');
  });
  afterEach(() => {
    for (const end of endings.splice(0)) end();
    removeNamespaces();
  });

  const open = (generation = (): number | undefined => director.enter(readNftablesGeneration)): Nat =>
    openNat({ nft: ['ip', 'netns', 'exec', director.name, 'nft'], generation });
  const nft = (...args: string[]): string => director.run('nft', ...args);

  it('is written once, repaired when somebody flushes it, and removed; foreign tables stay', async () => {
    nft('add table ip foreign');
    const nat = open();
    assert.equal(await nat.reconcile([]), 'unchanged');
    assert.equal(await nat.reconcile([entry]), 'written');
    const listing = nft('list', 'table', 'ip', 'regent');
    assert.match(listing, /type nat hook postrouting priority srcnat; policy accept;/);
    assert.match(
      listing,
      /daddr 192\.168\.55\.100 meta l4proto tcp ct original proto-dst 80 ip daddr 192\.168\.66\.0\/24 snat to 192\.168\.66\.11/,
    );
    assert.equal(await nat.reconcile([entry]), 'unchanged');
    nft('flush chain ip regent return-path');
    assert.equal(await nat.reconcile([entry]), 'written');
    assert.equal(nft('list', 'table', 'ip', 'regent'), listing);
    nft('delete table ip regent');
    assert.equal(await nat.reconcile([entry]), 'written');
    assert.equal(await nat.reconcile([]), 'removed');
    assert.equal(await nat.reconcile([]), 'unchanged');
    assert.equal(nft('list', 'tables').trim(), 'table ip foreign');
  });

  it('starts no program while nobody changes any rule, and looks again when somebody does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'regent-nat-'));
    endings.push(() => rmSync(folder, { recursive: true }));
    const runs = join(folder, 'runs');
    const noted = `echo run >> ${runs}; exec ip netns exec ${director.name} nft "$@"`;
    const programs = (): number => readFileSync(runs, 'utf8').trim().split('\n').length;
    const generation = (): number | undefined => director.enter(readNftablesGeneration);
    const nat = openNat({ nft: ['sh', '-c', noted, 'nft'], generation });
    const before = generation();
    await nat.reconcile([entry]);
    assert.notEqual(generation(), before);
    const started = programs();
    for (let round = 0; round < 20; round += 1) assert.equal(await nat.reconcile([entry]), 'unchanged');
    assert.equal(programs(), started);
    nft('add table ip foreign');
    assert.equal(await nat.reconcile([entry]), 'unchanged');
    const looked = programs();
    assert.ok(looked > started);
    assert.equal(await nat.reconcile([entry]), 'unchanged');
    assert.equal(programs(), looked);
  });

  it('lists the table each time where the kernel tells no generation', async () => {
    const nat = open(() => undefined);
    assert.equal(await nat.reconcile([entry]), 'written');
    assert.equal(await nat.reconcile([entry]), 'unchanged');
    nft('flush chain ip regent return-path');
    assert.equal(await nat.reconcile([entry]), 'written');
  });

  it('adopts what a crash has left, for IPv6 too', async () => {
    const six = { ...web, address: ip('fd55::64'), network: 'fd66::/64', source: ip('fd66::11') } as const;
    assert.equal(await open().reconcile([entry, six]), 'written');
    assert.equal(nft('list', 'tables').trim(), 'table ip regent\ntable ip6 regent');
    const next = open();
    assert.equal(await next.reconcile([six]), 'written');
    assert.equal(nft('list', 'tables').trim(), 'table ip6 regent');
    assert.equal(await open().reconcile([]), 'removed');
  });

  it("says in nft's words what it refused, and goes on", async () => {
    const nat = open();
    await assert.rejects(
      nat.reconcile([{ ...entry, source: 'nobody' as IpAddress }]),
      /^Error: Cannot write the nftables table ip regent: .*nobody/s,
    );
    assert.equal(await nat.reconcile([entry]), 'written');
  });

  it('brings replies back through the director although the server has no route to the client', async () => {
    const client = createNamespace('client');
    const server = createNamespace('server');
    connect(
      {
        namespace: director,
        interface: 'enp0s9',
        addresses: ['192.168.55.11/24', '192.168.55.100/32', 'fd55::11/64', 'fd55::100/128'],
      },
      { namespace: client, interface: 'enp0s9', addresses: ['192.168.55.200/24', 'fd55::200/64'] },
    );
    connect(
      { namespace: director, interface: 'enp0s8', addresses: ['192.168.66.11/24', 'fd66::11/64'] },
      { namespace: server, interface: 'enp0s8', addresses: ['192.168.66.111/24', 'fd66::111/64'] },
    );
    const serving = spawn('ip', ['netns', 'exec', server.name, process.execPath, '-e', serverScript], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    endings.push(() => serving.kill());
    await new Promise((resolve) => serving.stdout.once('data', resolve));
    /** By whom the server was asked, by service. */
    const ask = () => JSON.parse(client.run(process.execPath, '-e', clientScript)) as Record<string, string>;

    const changes = director.enter(() => [
      setSysctl('net.ipv4.ip_forward', 1, 'the director forwards'),
      setSysctl('net.ipv6.conf.all.forwarding', 1, 'the director forwards'),
      setSysctl('net.ipv4.vs.conntrack', 1, 'IPVS must tell conntrack of its connections'),
    ]);
    assert.deepEqual(
      changes.map((change) => `${change?.before} ${change?.after}`),
      ['0 1', '0 1', '0 1'],
    );
    const ipvs = director.enter(openIpvs);
    endings.push(ipvs.close);
    const pairs = (['tcp', 'udp'] as const).flatMap((protocol) => [
      {
        service: { protocol, address: ip('192.168.55.100'), port: 80, scheduler: 'wrr' },
        address: ip('192.168.66.111'),
      },
      { service: { protocol, address: ip('fd55::100'), port: 80, scheduler: 'wrr' }, address: ip('fd66::111') },
    ]);
    ipvs.apply(
      pairs.map(({ service }) => ({ type: 'add', entry: service })),
      pairs.map((pair) => ({ type: 'add', entry: { ...pair, port: 80, forwarding: 'masq', weight: 100 } })),
    );
    const addresses = [
      { address: ip('192.168.55.11'), prefixLength: 24 },
      { address: ip('192.168.66.11'), prefixLength: 24 },
      { address: ip('fd55::11'), prefixLength: 64 },
      { address: ip('fd66::11'), prefixLength: 64 },
    ];
    const virtual = new Set([ip('192.168.55.100'), ip('fd55::100')]);
    const nothing = { tcp4: 'nothing', udp4: 'nothing', tcp6: 'nothing', udp6: 'nothing' };
    assert.deepEqual(ask(), nothing, 'without source NAT there is no way back');
    await open().reconcile(
      pairs.flatMap(({ service, address }) => planSnat(service, [address], addresses, virtual).entries),
    );
    const [four, six] = [ip('192.168.66.11'), ip('fd66::11')];
    assert.deepEqual(ask(), { tcp4: four, udp4: four, tcp6: six, udp6: six });
    // The kernel sums its counters every two seconds.
    await until('connections are counted', () => (ipvs.destinations(web)[0]?.statistics.connections ?? 0n) >= 2n);
    const [destination] = ipvs.destinations(web);
    assert.ok((destination?.statistics.inBytes ?? 0n) > 0n);
    assert.ok((destination?.inactiveConnections ?? 0) >= 1);
    for (const change of changes) assert.ok(change && director.enter(() => restoreSysctl(change)));
    assert.equal(director.run('cat', '/proc/sys/net/ipv4/vs/conntrack').trim(), '0');
  });
});
