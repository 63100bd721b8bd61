// A whole director over the kernel's own IPVS: it adopts, repairs, leaves foreign things alone, obeys, and ends without a trace.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../../netns/namespaces.ts';
import { sleep } from '../../netns/vrrp/hosts.ts';
import { type NetlinkWrites, watchNetlink } from './netlink-writes.ts';
import { patience, type RunningDirector, runDirector, serveWeb } from './running-director.ts';

const configuration = `
director: lb0
vrrp: { routers: [] }
virtual_services:
  - name: web
    address: 192.168.55.100:80
    snat: true
    check: { interval: 200ms, timeout: 2s, rise: 1, fall: 2 }
    real_servers:
      - { name: rs0, address: 192.168.66.111:80, weight: 100 }
      - { name: rs1, address: 192.168.66.112:80, weight: 100 }
metrics: { listen: 127.0.0.1:9184 }
log: { format: json }
`;
const header = 'TCP  192.168.55.100:80 wrr';
const row = (address: string, weight = 100): string =>
  `  -> ${`${address}:80`.padEnd(28)} Masq    ${String(weight).padEnd(6)} 0          0`;
const seed = [header, row('192.168.66.111'), row('192.168.66.112')];

/** Half a second between two looks at the table, and the rest for a small machine beside others. */
const soon = 15_000;

describe('a director and its IPVS table', () => {
  let lb: Namespace;
  let rs: Namespace;
  let director: RunningDirector;
  let web: ChildProcess;
  let netlink: NetlinkWrites;

  const ipvsadm = (...args: string[]): string => lb.run('ipvsadm', ...args);
  const table = (): string[] => {
    const [service = '', ...rows] = ipvsadm('-L', '-n')
      .trimEnd()
      .split('\n')
      .slice(3)
      .map((line) => line.trimEnd());
    return [service, ...rows.sort()];
  };
  const isSeed = (): boolean => table().join('\n') === seed.join('\n');
  const tables = (): string => lb.run('nft', 'list', 'tables').trim();
  const messages = (): string[] => director.log().map(({ message }) => message);

  before(async function () {
    this.timeout(2 * patience);
    lb = createNamespace('lb');
    rs = createNamespace('rs');
    connect(
      { namespace: lb, interface: 'enp0s8', addresses: ['192.168.66.11/24'] },
      { namespace: rs, interface: 'enp0s8', addresses: ['192.168.66.111/24', '192.168.66.112/24'] },
    );
    web = await serveWeb(rs, ['192.168.66.111', '192.168.66.112']);
    ipvsadm('-A', '-t', '192.168.55.100:80', '-s', 'rr');
    ipvsadm('-a', '-t', '192.168.55.100:80', '-r', '192.168.66.111', '-m', '-w', '7');
    director = await runDirector(lb, configuration);
    await until('the table is as configured', isSeed, patience);
    netlink = await watchNetlink(lb);
  });
  after(() => {
    netlink?.remove();
    director?.remove();
    web?.kill();
    removeNamespaces();
  });

  it('has adopted what it found under its keys, and says so once', async () => {
    await sleep(1200);
    assert.equal(messages().filter((text) => text.startsWith('adopted ')).length, 1);
  });

  it('writes nothing in an idle second, and goes on reading', async () => {
    netlink.count();
    await sleep(2000);
    const { reads, writes } = netlink.count();
    assert.equal(writes, 0);
    assert.ok(reads >= 2, `${reads} reads`);
  });

  it('is seen to write by what counts: a repair is a write', async () => {
    netlink.count();
    ipvsadm('-d', '-t', '192.168.55.100:80', '-r', '192.168.66.111');
    await until('the destination is back', isSeed, soon);
    // The removal, and what puts it right; tcpdump writes in its own time.
    let writes = 0;
    await until(
      'both are seen',
      () => {
        writes += netlink.count().writes;
        return writes >= 2;
      },
      soon,
    );
  });

  it('puts right a changed weight, scheduler and forwarding', async () => {
    ipvsadm('-e', '-t', '192.168.55.100:80', '-r', '192.168.66.111', '-g', '-w', '7');
    ipvsadm('-E', '-t', '192.168.55.100:80', '-s', 'lc');
    await until('the table is as configured', isSeed, soon);
  });

  it('makes a deleted service again, with its destinations', async () => {
    ipvsadm('-D', '-t', '192.168.55.100:80');
    await until('the service is back', isSeed, soon);
  });

  it('leaves a foreign service alone', async () => {
    ipvsadm('-A', '-t', '10.0.0.1:443', '-s', 'lc');
    ipvsadm('-a', '-t', '10.0.0.1:443', '-r', '192.168.66.111', '-m', '-w', '3');
    await sleep(1500);
    assert.match(ipvsadm('-L', '-n', '-t', '10.0.0.1:443'), /lc\n +-> 192\.168\.66\.111:443 +Masq +3 /);
    ipvsadm('-D', '-t', '10.0.0.1:443');
    assert.ok(isSeed());
  });

  it('has written its nftables table for snat, and writes it again when it is gone', async () => {
    assert.match(lb.run('nft', 'list', 'table', 'ip', 'regent'), /snat to 192\.168\.66\.11$/m);
    lb.run('nft', 'delete', 'table', 'ip', 'regent');
    await until('the nftables table is back', () => tables() === 'table ip regent', soon);
  });

  it('tells its status as JSON', () => {
    const { code, out } = director.regent('status', '--json');
    assert.equal(code, 0);
    const { director: name, services } = JSON.parse(out);
    assert.equal(name, 'lb0');
    assert.deepEqual(
      services[0].servers.map((server: Record<string, unknown>) => [server.name, server.health, server.weight]),
      [
        ['rs0', 'up', 100],
        ['rs1', 'up', 100],
      ],
    );
  });

  it('drains a server by command until the command is taken back', async () => {
    assert.equal(director.regent('drain', 'rs0').code, 0);
    await until('the idle server is out', () => table().join() === [header, row('192.168.66.112')].join(), soon);
    assert.equal(director.regent('undrain', 'rs0').code, 0);
    await until('the server is back', isSeed, soon);
  });

  it('refuses to drain a server that it does not have, with exit code 1 and in words', () => {
    const { code, error } = director.regent('drain', 'rs9');
    assert.equal(code, 1);
    assert.match(error, /rs9/);
    assert.match(error, /did you mean "rs0"/);
    assert.ok(isSeed());
  });

  it('tells Prometheus what the kernel has counted, of the service and of each server', async () => {
    lb.run('ip', 'address', 'add', '192.168.55.100/32', 'dev', 'lo');
    rs.run('ip', 'route', 'add', '192.168.55.100', 'via', '192.168.66.11');
    const requests = [10, 2000, 30, 40].map((length) => `http://192.168.55.100/${'x'.repeat(length)}`);
    for (const url of requests) rs.run('curl', '--silent', '--fail', url);
    const of = [
      { whose: 'regent_service', label: 'service="web"', row: 'TCP  192.168.55.100:80 ' },
      { whose: 'regent_server', label: 'server="rs0"', row: '  -> 192.168.66.111:80 ' },
      { whose: 'regent_server', label: 'server="rs1"', row: '  -> 192.168.66.112:80 ' },
    ];
    // Connections, packets in and out, bytes in and out, as the columns of ipvsadm.
    const counted = (): number[][] => {
      const lines = ipvsadm('-L', '-n', '--stats', '--exact').split('\n');
      return of.map(({ row }) => (lines.find((line) => line.startsWith(row)) ?? '').split(/ +/).slice(-5).map(Number));
    };
    const told = (): number[][] => {
      const lines = lb.run('curl', '--silent', 'http://127.0.0.1:9184/metrics').split('\n');
      return of.map(({ whose, label }) =>
        ['connections', 'packets in', 'packets out', 'bytes in', 'bytes out'].map((column) => {
          const [what, direction = ''] = column.split(' ');
          const line = lines.find(
            (one) =>
              one.startsWith(`${whose}_${what}_total{`) && [label, `"${direction}`].every((part) => one.includes(part)),
          );
          return Number(line?.split(' ').at(-1));
        }),
      );
    };
    // The kernel sums up every two seconds; the last packets of a connection pass after curl has ended.
    const isCounted = (): boolean => counted()[0]?.[0] === requests.length;
    await until('all are counted', isCounted, patience);
    await until('both agree', () => JSON.stringify(counted()) === JSON.stringify(told()), patience);
    const [web = [], rs0 = [], rs1 = []] = told();
    assert.equal(web[0], requests.length);
    assert.ok([...rs0, ...rs1].every((count) => count > 0));
    assert.deepEqual(
      web,
      rs0.map((count, column) => count + (rs1[column] ?? 0)),
    );
  });

  it('ends on SIGTERM with exit code 0, and leaves neither services nor rules', async function () {
    this.timeout(2 * patience);
    assert.equal(await director.stop(), 0);
    assert.deepEqual(table(), ['']);
    assert.equal(tables(), '');
    assert.deepEqual(
      messages().filter((text) => text.includes('another program had added')),
      [],
    );
  });
});
