// Anycast addresses: what is read, and what is refused.

import assert from 'node:assert/strict';
import { configOf, problemsOf, refuse, router, vrrp } from './texts.ts';

const entry = (more = '', name = 'web', addresses = '192.0.2.10/32'): string =>
  `    - { name: ${name}, addresses: [${addresses}]${more} }\n`;
const anycast = (entries: string, more = ''): string => `director: d\nanycast:\n${more}  addresses:\n${entries}`;
const services = (scheduler = 'scheduler: mh', address = '192.0.2.10:80'): string =>
  `virtual_services:\n  - { name: web, address: ${address}, ${scheduler}, real_servers: [] }\n`;
const peers = 'peers: { listen: 10.0.0.1:8550, key_file: /k, directors: [10.0.0.2:8550, 10.0.0.3:8550] }\n';

describe('a configuration with anycast addresses', () => {
  it('needs no virtual routers, and has its defaults', () => {
    const config = configOf(anycast(entry()));
    assert.deepEqual(config.vrrp.routers, []);
    assert.deepEqual(config.anycast, {
      interface: 'regent0',
      lease: 3000,
      addresses: [
        {
          name: 'web',
          addresses: [{ address: '192.0.2.10', prefixLength: 32 }],
          announceWhile: [],
          startDelay: 10_000,
          drain: 30_000,
          keepLast: false,
          anyScheduler: false,
        },
      ],
    });
  });

  for (const [type, socket] of [
    ['bird', '/run/bird/bird.ctl'],
    ['frr', '/run/frr'],
  ])
    it(`finds ${type} where it usually answers`, () =>
      assert.deepEqual(configOf(anycast(entry(), `  engine: { type: ${type} }\n`)).anycast?.engine, { type, socket }));

  for (const [what, text] of [
    ['a hash', `${anycast(entry())}${services()}`],
    ['a hash by source', `${anycast(entry())}${services('scheduler: sh')}`],
    ['any scheduler on purpose', `${anycast(entry(', any_scheduler: true'))}${services('scheduler: wrr')}`],
    ['any scheduler of single datagrams', `${anycast(entry())}${services('protocol: udp, one_packet: true')}`],
    ['any scheduler elsewhere', `${anycast(entry())}${services('scheduler: wrr', '192.0.2.11:80')}`],
    ['virtual routers beside it', `${vrrp(router())}${anycast(entry()).replace('director: d\n', '')}`],
    ['virtual services alone', `director: d\n${services('scheduler: wrr')}`],
    ['a bare address', anycast(entry('', 'web', '192.0.2.10, "2001:db8::10"'))],
    ['the last one kept', `${anycast(entry(', announce_while: [web], keep_last: true'))}${services()}${peers}`],
    ['the shortest lease', anycast(entry(), '  lease: 1s\n')],
    ['the longest lease', anycast(entry(), '  lease: 60s\n')],
  ] as const)
    it(`accepts ${what}`, () => assert.deepEqual(problemsOf(text), []));

  refuse([
    ['no addresses', 'director: d\nanycast: { addresses: [] }\n', '2:23: expected at least one entry'],
    ['an entry without addresses', anycast(entry('', 'web', '')), '4:31: expected at least one entry'],
    [
      'a network',
      anycast(entry('', 'web', '192.0.2.10/24')),
      '4:32: 192.0.2.10/24 is a network: routers are announced single addresses, here 192.0.2.10/32 (did you mean "192.0.2.10/32"?)',
    ],
    [
      'an IPv6 network',
      anycast(entry('', 'web', '"2001:db8::10/64"')),
      '4:32: 2001:db8::10/64 is a network: routers are announced single addresses, here 2001:db8::10/128 (did you mean "2001:db8::10/128"?)',
    ],
    ['a group', anycast(entry('', 'web', '224.0.0.5')), '4:32: 224.0.0.5 is a multicast group'],
    [
      'a loopback address',
      anycast(entry('', 'web', '127.0.0.5')),
      '4:32: 127.0.0.5 is a loopback address, which no router forwards to',
    ],
    [
      'a link-local address',
      anycast(entry('', 'web', '"fe80::1"')),
      '4:32: fe80::1 is a link-local address, which no router forwards to',
    ],
    [
      'an address twice',
      anycast(`${entry()}${entry('', 'other', '192.0.2.11, 192.0.2.10')}`),
      '5:46: address 192.0.2.10 is given twice: see f:4:32',
    ],
    [
      'a name twice',
      anycast(`${entry()}${entry('', 'web', '192.0.2.11')}`),
      '5:15: router or anycast name "web" is used twice: see f:4:15',
    ],
    [
      'the name of a router',
      `${vrrp(router())}${anycast(entry('', 'a')).replace('director: d\n', '')}`,
      '7:15: router or anycast name "a" is used twice: see f:4:15',
    ],
    [
      'a virtual address',
      `${vrrp(router('', 1, 'a', '192.0.2.10'))}${anycast(entry()).replace('director: d\n', '')}`,
      '7:32: 192.0.2.10 is a virtual address of a router, which only the master holds: see f:4:69',
    ],
    [
      'an excluded address of a router',
      `${vrrp(router(', excluded: [192.0.2.10]'))}${anycast(entry()).replace('director: d\n', '')}`,
      '7:32: 192.0.2.10 is a virtual address of a router, which only the master holds: see f:4:91',
    ],
    [
      'a service that is none',
      `${anycast(entry(', announce_while: [wbe]'))}${services()}`,
      '4:65: no virtual service is named "wbe" (did you mean "web"?)',
    ],
    [
      'a service twice',
      `${anycast(entry(', announce_while: [web, web]'))}${services()}`,
      '4:70: service "web" is given twice: see f:4:65',
    ],
    [
      'keep_last without peers',
      `${anycast(entry(', announce_while: [web], keep_last: true'))}${services()}`,
      '4:82: it needs peers: a director must know whether others still announce',
    ],
    [
      'keep_last without services',
      `${anycast(entry(', keep_last: true'))}${peers}`,
      '4:59: without announce_while no failed check withdraws the addresses',
    ],
    [
      'a scheduler that is no hash',
      `${anycast(entry())}${services('scheduler: wlc')}`,
      '6:53: on the anycast address 192.0.2.10 each director would choose servers for itself by wlc: use mh with scheduler_flags [port, fallback], or set any_scheduler there: see f:4:32',
    ],
    [
      'the default scheduler',
      `${anycast(entry())}${services('protocol: tcp')}`,
      '6:5: on the anycast address 192.0.2.10 each director would choose servers for itself by wrr: use mh with scheduler_flags [port, fallback], or set any_scheduler there: see f:4:32',
    ],
    [
      'a range with such an address',
      `${anycast(entry())}${services('scheduler: rr', '192.0.2.8-12:80')}`,
      '6:55: on the anycast address 192.0.2.10 each director would choose servers for itself by rr: use mh with scheduler_flags [port, fallback], or set any_scheduler there: see f:4:32',
    ],
    ...['500ms', '61s', '1500ms', '1.5s'].map(
      (lease) =>
        [
          `a lease of ${lease}`,
          anycast(entry(), `  lease: ${lease}\n`),
          `3:10: a lease is a whole number of seconds from 1s to 60s, not "${lease}"`,
        ] as const,
    ),
    [
      'lo',
      anycast(entry(), '  interface: lo\n'),
      '3:14: lo serves addresses that are withdrawn: give the name of a dummy that regent makes',
    ],
    [
      'the interface of a router',
      `${vrrp(router())}${anycast(entry(), '  interface: eth0\n').replace('director: d\n', '')}`,
      '6:14: eth0 is the interface of a router: give another name: see f:4:29',
    ],
    [
      "the interface of a router's virtual MAC",
      `${vrrp(router(', virtual_mac: true'))}${anycast(entry(), '  interface: vrrp4-1\n').replace('director: d\n', '')}`,
      '6:14: vrrp4-1 is the interface of a router: give another name: see f:4:29',
    ],
    [
      'a long name of an interface',
      anycast(entry(), '  interface: regent0123456789\n'),
      '3:14: expected an interface name of at most 15 characters, not "regent0123456789"',
    ],
    ['another daemon', anycast(entry(), '  engine: { type: gobgp }\n'), '3:19: expected one of bird, frr, not "gobgp"'],
    [
      'a relative socket',
      anycast(entry(), '  engine: { type: bird, socket: bird.ctl }\n'),
      '3:33: expected an absolute path, such as /run/bird/bird.ctl, not "bird.ctl"',
    ],
  ]);
});
