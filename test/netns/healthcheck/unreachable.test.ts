// Servers that the kernel, a route or a firewall keeps from being reached: each check of them fails by its reason, and all others go on.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import type { CheckType } from '../../../config/model/check-model.ts';
import type { Target } from '../../../healthcheck/messages.ts';
import { type IpAddress, ip } from '../../../net/ip-address.ts';
import { makeTarget } from '../../servers/checks.ts';
import { connect, createNamespace, type Namespace, removeNamespaces, until } from '../namespaces.ts';
import { type RunningProcess, startProcess, untilProbed } from './running-process.ts';

const timing = { interval: '500ms', timeout: '400ms', fall: 1, rise: 1 };

/** Every kind of check that reaches for a server. */
const kinds: readonly (readonly [label: string, type: CheckType, keys: Readonly<Record<string, unknown>>])[] = [
  ['tcp', 'tcp', {}],
  ['http', 'http', {}],
  ['http kept', 'http', { keep_alive: true }],
  ['https', 'https', {}],
  ['dns', 'dns', {}],
  ['dns by tcp', 'dns', { transport: 'tcp' }],
  ['udp', 'udp', {}],
  ['udp, silence passes', 'udp', { silence: 'passes' }],
  ['smtp', 'smtp', {}],
  ['smtp by tls', 'smtp', { security: 'tls' }],
  ['ping', 'ping', {}],
  ['grpc', 'grpc', {}],
  ['grpc by tls', 'grpc', { tls: {} }],
];

const local = 'local fault';
const late = /^no \w+(?: \w+)? within 400 ms$/;

type Place = {
  readonly name: string;
  readonly address: IpAddress;
  readonly keys?: Readonly<Record<string, unknown>>;
  readonly ends: RegExp | typeof local;
  /** Kinds that end otherwise. */
  readonly but?: Readonly<Record<string, RegExp | typeof local | 'up'>>;
};

/** Checks that know the sender of an ICMP error. */
const ofDatagrams = (ends: RegExp): Record<string, RegExp> => ({ udp: ends, 'udp, silence passes': ends, dns: ends });

// Raw sockets are told of no ICMP errors; a datagram's loss is silent.
const places: readonly Place[] = [
  { name: 'no route', address: ip('203.0.113.1'), ends: /^network unreachable$/ },
  { name: 'no route, IPv6', address: ip('2001:db8:9::1'), ends: /^network unreachable$/ },
  { name: 'an unreachable route', address: ip('198.51.100.1'), ends: /^host unreachable$/ },
  { name: 'an unreachable route, IPv6', address: ip('fd00:99::1'), ends: /^host unreachable$/ },
  { name: 'a prohibiting route', address: ip('198.51.101.1'), ends: /^prohibited by / },
  { name: 'a prohibiting route, IPv6', address: ip('fd00:98::1'), ends: /^prohibited by / },
  { name: 'a blackhole', address: ip('198.51.102.1'), ends: /^not reachable from here: a blackhole/ },
  { name: 'a blackhole, IPv6', address: ip('fd00:97::1'), ends: /^not reachable from here: a blackhole/ },
  {
    name: 'a broadcast address',
    address: ip('10.77.0.255'),
    ends: /^(prohibited by |network unreachable$)/,
  },
  { name: 'a neighbour that is not there', address: ip('10.77.0.4'), ends: late, but: { 'udp, silence passes': 'up' } },
  {
    name: 'a source that is not here',
    address: ip('10.77.0.2'),
    keys: { source_address: ip('10.99.0.9') },
    ends: local,
    but: { ping: late },
  },
  {
    name: 'an own firewall that drops',
    address: ip('10.77.0.3'),
    ends: late,
    but: {
      udp: /^forbidden by a firewall of this host$/,
      'udp, silence passes': /^forbidden by a firewall of this host$/,
      dns: /^forbidden by a firewall of this host$/,
      ping: /^forbidden by a firewall of this host$/,
    },
  },
  {
    name: "a server's firewall that answers",
    address: ip('10.77.0.5'),
    ends: /^host unreachable$/,
    but: { ping: late, ...ofDatagrams(/^host unreachable, says the server itself$/) },
  },
  {
    name: 'a router on the way that answers',
    address: ip('10.78.0.9'),
    ends: /^host unreachable$/,
    but: { ping: late, ...ofDatagrams(/^host unreachable, says 10\.77\.0\.2$/) },
  },
  {
    name: 'a router on the way that answers, IPv6',
    address: ip('fd00:78::9'),
    keys: { timeout: '1400ms', interval: '2s' },
    ends: /^(host|network) unreachable$/,
    but: { ping: /^no answer within 1\.4 s$/, ...ofDatagrams(/^\w+ unreachable, says fd00:77::[25]$/) },
  },
  {
    name: "a server's firewall that answers, IPv6",
    address: ip('fd00:77::5'),
    // A first answer that comes while connect() still runs is not heard: the next is, after a second.
    keys: { timeout: '1400ms', interval: '2s' },
    ends: /^prohibited by a firewall on the way/,
    but: { ping: /^no answer within 1\.4 s$/, ...ofDatagrams(/^prohibited, says the server itself$/) },
  },
  {
    name: "a server's firewall that resets",
    address: ip('10.77.0.6'),
    ends: /^connection refused$/,
    but: { ping: late },
  },
];

const idOf = (place: string, kind: string): string => `${place}: ${kind}`;
const targetOf = ({ name, address, keys }: Place, [label, type, own]: (typeof kinds)[number]): Target => ({
  ...makeTarget(type, 4000, { ...timing, ...own, ...keys }, address),
  id: idOf(name, label),
});

describe('servers that cannot be reached', () => {
  let here: Namespace;
  let running: RunningProcess;
  let neighbour: Server;
  const alive = 'another server';
  let targets: Target[] = [];

  before(async function () {
    this.timeout(60_000);
    here = createNamespace('prober');
    const there = createNamespace('servers');
    connect(
      { namespace: here, interface: 'veth0', addresses: ['10.77.0.1/24', 'fd00:77::1/64'] },
      { namespace: there, interface: 'veth0', addresses: ['10.77.0.2/24', 'fd00:77::2/64'] },
    );
    for (const last of [3, 5, 6]) there.run('ip', 'address', 'add', `10.77.0.${last}/24`, 'dev', 'veth0');
    there.run('ip', 'address', 'add', 'fd00:77::5/64', 'dev', 'veth0', 'nodad');
    // Answers are not rationed, as they are by default.
    there.run('sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0');
    there.run('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
    for (const [network, router] of [
      ['10.78.0.0/24', '10.77.0.2'],
      ['fd00:78::/64', 'fd00:77::2'],
    ] as const) {
      here.run('ip', 'route', 'add', network, 'via', router);
      there.run('ip', 'route', 'add', network, 'dev', 'veth0');
    }
    there.run(
      'nft',
      `table inet servers { chain input { type filter hook input priority 0;
        ip daddr 10.77.0.5 reject with icmp type admin-prohibited
        ip6 daddr fd00:77::5 meta l4proto { tcp, udp, icmpv6 } ip6 nexthdr != icmpv6 reject with icmpv6 type admin-prohibited
        ip6 daddr fd00:77::5 icmpv6 type echo-request drop
        ip daddr 10.77.0.6 meta l4proto tcp reject with tcp reset
        ip daddr 10.77.0.6 reject with icmp type port-unreachable; };
        chain forward { type filter hook forward priority 0;
        ip daddr 10.78.0.0/24 reject with icmp type host-unreachable
        ip6 daddr fd00:78::/64 reject with icmpv6 type addr-unreachable; }; }`,
    );
    here.run('nft', 'table ip own { chain output { type filter hook output priority 0; ip daddr 10.77.0.3 drop; }; }');
    for (const [kind, ...networks] of [
      ['unreachable', '198.51.100.0/24', 'fd00:99::/64'],
      ['prohibit', '198.51.101.0/24', 'fd00:98::/64'],
      ['blackhole', '198.51.102.0/24', 'fd00:97::/64'],
    ] as const)
      for (const network of networks) here.run('ip', 'route', 'add', kind, network);

    neighbour = here.enter(() => createServer((socket) => socket.on('error', () => {})).listen(4000));
    running = await startProcess(here);
    targets = places.flatMap((place) => kinds.map((kind) => targetOf(place, kind)));
    running.configure([...targets, { ...makeTarget('tcp', 4000, timing), id: alive }]);
    await untilProbed(running, targets);
  });
  after(() => {
    running?.close();
    neighbour?.close();
    removeNamespaces();
  });

  for (const place of places)
    for (const [kind] of kinds) {
      const ends = place.but?.[kind] ?? place.ends;
      it(`${place.name}, ${kind}: ${ends instanceof RegExp ? ends.source : ends}`, async () => {
        // On a busy machine a first probe may end by its time before it is answered; it is repeated.
        if (ends instanceof RegExp)
          await until('it ends so', () => ends.test(String(running.errorOf(idOf(place.name, kind)))), 15_000).catch(
            () => undefined,
          );
        const verdict = running.verdictOn(idOf(place.name, kind));
        const error = running.errorOf(idOf(place.name, kind));
        if (ends === 'up') assert.equal(verdict?.health, 'up');
        else if (ends === local) {
          assert.equal(verdict, undefined);
          assert.match(String(error), /^Cannot probe .*EADDRNOTAVAIL/);
        } else {
          assert.match(String(error), ends);
          assert.equal(verdict?.health, 'down');
        }
      });
    }

  it('are no defects', () =>
    assert.deepEqual(
      running.heard.filter(({ type }) => type === 'defect'),
      [],
    ));

  it('keep nothing from being noticed of others', async () => {
    assert.equal(running.verdictOn(alive)?.health, 'up');
    neighbour.close();
    await until('the other server is down', () => running.verdictOn(alive)?.health === 'down');
    assert.match(String(running.verdictOn(alive)?.reason), /connection refused$/);
    assert.ok(running.isAlive());
  });

  it('nor does a lack of descriptors end the process', async () => {
    const starved = await startProcess(here);
    try {
      execFileSync('prlimit', ['--pid', String(starved.pid), '--nofile=32:32']);
      starved.configure(targets);
      const isTold = (): boolean => starved.heard.some((one) => one.type === 'local-fault' && /EMFILE/.test(one.why));
      await until('the lack is told', isTold);
      await untilProbed(starved, targets);
      assert.deepEqual(
        starved.heard.filter(({ type }) => type === 'defect'),
        [],
      );
    } finally {
      starved.close();
    }
  });
});
