// All that a master holds, of every kind: there while it is master, put back and announced when somebody deletes it, gone after.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { connect, until } from '../namespaces.ts';
import { askStatus } from './director-status.ts';
import { closeHosts, ended, type Host, openHosts, pidOf, signal, startDirector, virtualAddress } from './hosts.ts';

type Kind = {
  readonly name: string;
  /** How `ip` shows it, where it is there. */
  readonly show: readonly string[];
  readonly shown: RegExp;
  readonly remove: readonly string[];
  /** How the log tells that it is back. */
  readonly restored: RegExp;
};

const address = (name: string, cidr: string, device: string, shown: string): Kind => ({
  name,
  show: ['-oneline', 'address', 'show', 'dev', device],
  shown: new RegExp(`inet6? ${cidr.replaceAll('.', '\\.')} ${shown}`),
  remove: ['address', 'del', cidr, 'dev', device],
  restored: new RegExp(`${cidr.replaceAll('.', '\\.')} was removed from ${device} by another program`),
});

const path = (kind: 'route' | 'rule', family: '-4' | '-6', words: string, shown: RegExp, told: string): Kind => ({
  name: `the ${kind} ${words}`,
  show: [family, kind, 'show', ...(kind === 'route' ? ['table', 'all'] : [])],
  shown,
  remove: [family, kind, 'del', ...words.split(' ')],
  restored: new RegExp(`${kind} ${told} was removed by another program; it is added again`),
});

const kinds: readonly Kind[] = [
  address('an address', virtualAddress, 'enp0s9', 'scope global dynamic enp0s9'),
  address(
    'an address with traits',
    '192.168.56.1/24',
    'enp0s9',
    'brd 192\\.168\\.56\\.255 scope link dynamic enp0s9:vip',
  ),
  address('an address on another interface', '192.168.66.100/32', 'enp0s8', 'scope global dynamic enp0s8'),
  address('an excluded address', '192.168.57.1/32', 'enp0s9', 'scope global dynamic enp0s9'),
  address('an excluded address of the other family', 'fd00:55::100/128', 'enp0s9', 'scope global .*deprecated'),
  path(
    'route',
    '-4',
    'default table 100',
    /^default via 192\.168\.55\.12 dev enp0s9 table 100 proto 112 src 192\.168\.55\.100 metric 5 mtu 1400/m,
    'default via 192\\.168\\.55\\.12 in table 100',
  ),
  path(
    'route',
    '-4',
    '198.51.100.0/24',
    /^198\.51\.100\.0\/24 dev enp0s8 proto 112 scope link/m,
    '198\\.51\\.100\\.0/24 on enp0s8',
  ),
  path(
    'route',
    '-4',
    'blackhole 203.0.113.0/24',
    /^blackhole 203\.0\.113\.0\/24 proto 112/m,
    'blackhole 203\\.0\\.113\\.0/24',
  ),
  path(
    'route',
    '-6',
    '2001:db8::/32',
    /^2001:db8::\/32 via fd00:55::12 dev enp0s9 proto 112 metric 1024/m,
    '2001:db8::/32 via fd00:55::12',
  ),
  path(
    'rule',
    '-4',
    'from 192.168.66.0/24 to 198.18.0.0/15 fwmark 0x7 lookup 100',
    /^16384:\s+from 192\.168\.66\.0\/24 to 198\.18\.0\.0\/15 fwmark 0x7 lookup 100 proto 112/m,
    '16384: from 192\\.168\\.66\\.0/24 to 198\\.18\\.0\\.0/15 with mark 7 lookup 100',
  ),
  path(
    'rule',
    '-6',
    'iif enp0s8 prohibit',
    /^900:\s+from all iif enp0s8 prohibit proto 112/m,
    '900: from all by enp0s8 prohibit',
  ),
];

/** Keys of the routes and rules above; another program's route is in the place of the first. */
const paths = {
  routes: [
    { to: 'default', via: '192.168.55.12', source: '192.168.55.100', table: 100, metric: 5, mtu: 1400 },
    { to: '198.51.100.0/24', interface: 'enp0s8' },
    { to: '203.0.113.0/24', type: 'blackhole' },
    { to: '2001:db8::/32', via: 'fd00:55::12' },
    { to: '198.51.200.0/24', interface: 'enp0s8' },
  ],
  rules: [
    { from: '192.168.66.0/24', to: '198.18.0.0/15', mark: 7, table: 100 },
    { interface: 'enp0s8', type: 'prohibit', priority: 900, family: 'ipv6' },
  ],
};

describe('what a master holds', function () {
  this.timeout(60_000);
  let own: Host;
  let director: ChildProcess;
  const ip = (args: readonly string[]): string => own.namespace.run('ip', ...args);
  const isThere = ({ show, shown }: Kind): boolean => shown.test(ip(show));
  const whereFrom = (): string => own.log().slice(-3000);

  const keys = {
    advertisement_interval: '200ms',
    addresses: [
      virtualAddress,
      { address: '192.168.56.1/24', scope: 'link', label: 'enp0s9:vip', broadcast: '192.168.56.255' },
      { address: '192.168.66.100/32', interface: 'enp0s8' },
    ],
    excluded: ['192.168.57.1/32', 'fd00:55::100/128'],
    ...paths,
  };
  before(async () => {
    const [one, other] = openHosts();
    own = one;
    connect(
      { namespace: own.namespace, interface: 'enp0s8', addresses: ['192.168.66.11/24'] },
      { namespace: other.namespace, interface: 'enp0s8', addresses: ['192.168.66.12/24'] },
    );
    ip(['address', 'add', 'fd00:55::11/64', 'dev', 'enp0s9', 'nodad']);
    // Left by a crash, left by keepalived, and another program's.
    ip(['route', 'add', '203.0.113.0/24', 'dev', 'enp0s8', 'proto', '112']);
    ip(['route', 'add', '198.51.100.0/24', 'dev', 'enp0s9', 'proto', '18']);
    ip([
      'rule',
      'add',
      'from',
      '192.168.66.0/24',
      'to',
      '198.18.0.0/15',
      'fwmark',
      '7',
      'pref',
      '16384',
      'lookup',
      '100',
      'proto',
      '18',
    ]);
    ip(['route', 'add', '198.51.200.0/24', 'dev', 'enp0s9', 'proto', 'static']);
    director = startDirector(own, 150, keys);
    await until(
      'what was left is cleared',
      () => (own.log().match(/left by a crash or by keepalived/g) ?? []).length === 3,
    );
    await until('it rules', () => own.holds());
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) console.error(own.log());
    await closeHosts();
  });

  for (const kind of kinds)
    it(`is ${kind.name}, which is put back`, async () => {
      await until('it is there', () => isThere(kind));
      ip(kind.remove);
      await until('it is back', () => isThere(kind));
      await until('the log tells it', () => kind.restored.test(own.log()));
      assert.doesNotMatch(own.log(), /master -> /, whereFrom());
    });

  it('is in its status', async () => {
    const [router] = (await askStatus(own)).routers;
    assert.deepEqual(router?.routes, [
      'default via 192.168.55.12 in table 100',
      '198.51.100.0/24 on enp0s8',
      'blackhole 203.0.113.0/24',
      '2001:db8::/32 via fd00:55::12',
      '198.51.200.0/24 on enp0s8',
    ]);
    assert.deepEqual(router?.rules, [
      '16384: from 192.168.66.0/24 to 198.18.0.0/15 with mark 7 lookup 100',
      '900: from all by enp0s8 prohibit',
    ]);
  });

  it('is there once: under another length it would outlive its lease and answer beside the next master', async () => {
    // The kernel refuses a second length of one address over IPv6.
    for (const other of ['192.168.55.100/24', '192.168.57.1/31']) {
      ip(['address', 'add', other, 'dev', 'enp0s9']);
      const isAlone = (): boolean => !ip(['-oneline', 'address', 'show', 'dev', 'enp0s9']).includes(`${other} `);
      await until(`${other} is removed`, isAlone);
    }
    assert.match(ip(['-oneline', 'address', 'show', 'dev', 'enp0s9']), /192\.168\.55\.11\/24/);
    for (const kind of kinds) assert.ok(isThere(kind), kind.name);
  });

  it("is not another program's route", () => {
    assert.match(ip(['route', 'show', '198.51.200.0/24']), /dev enp0s9 proto static/);
    assert.equal(own.log().match(/Cannot add the route 198\.51\.200\.0\/24 on enp0s8: EEXIST/g)?.length, 2);
  });

  it('is gone when the director has stopped', async () => {
    director.kill('SIGTERM');
    assert.equal(await ended(director, 15_000), 0);
    for (const kind of kinds) assert.ok(!isThere(kind), kind.name);
  });

  it('is cleared by the next director when this one was killed, also what is named no more', async () => {
    director = startDirector(own, 150, keys);
    const pathKinds = kinds.filter(({ name }) => /^the r/.test(name));
    await until('it rules again', () => pathKinds.every(isThere));
    const pid = pidOf(own, 'vrrp');
    for (const one of [director.pid, pid]) if (one !== undefined) signal(one, 'SIGSTOP');
    for (const one of [director.pid, pid]) if (one !== undefined) signal(one, 'SIGKILL');
    await ended(director);
    for (const kind of pathKinds) assert.ok(isThere(kind), kind.name);
    director = startDirector(own, 150, { ...keys, routes: [], rules: [] });
    await until('it is cleared', () => pathKinds.every((kind) => !isThere(kind)));
    await until('it rules', () => own.holds());
  });
});
