// Loading a configuration: what is filled in, what is refused and where, and that nothing makes it throw.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { DirectorConfig } from '../../../../config/model/model.ts';
import { parseConfig, readConfig } from '../../../../config/source/load.ts';
import { formatProblems } from '../../../../config/source/problem.ts';
import type { ConfigResult } from '../../../../config/source/result.ts';

const configOf = (result: ConfigResult): DirectorConfig => {
  if (!result.ok) assert.fail(formatProblems(result.problems));
  return result.config;
};

const problemsOf = (text: string): string[] => {
  const result = parseConfig(text, 'f');
  return result.ok
    ? []
    : formatProblems(result.problems)
        .split('\n')
        .map((line) => line.replace(/^f:/, ''));
};

const router = (more = '', id = 1, name = 'a', address = '10.0.0.1'): string =>
  `    - { name: ${name}, interface: eth0, virtual_router_id: ${id}, addresses: [${address}]${more} }\n`;
const vrrp = (...routers: string[]): string => `director: d\nvrrp:\n  routers:\n${routers.join('')}`;
const service = (more: string, servers = '', name = 's', address = '10.0.0.1:80'): string =>
  `  - { name: ${name}, address: ${address}${more},\n      real_servers: [${servers}] }\n`;
const services = (...list: string[]): string => `${vrrp(router())}virtual_services:\n${list.join('')}`;
const unit = 'a duration with its unit, such as 1s or 500ms,';

describe('parseConfig', () => {
  it('fills in the defaults', () => {
    const config = configOf(parseConfig(services(service('', '{ address: 10.0.1.1:8080 }')), 'f'));
    assert.deepEqual(config, {
      director: 'd',
      vrrp: {
        routers: [
          {
            name: 'a',
            interface: 'eth0',
            family: 'ipv4',
            peers: [],
            multicast: true,
            checkSource: true,
            minTtl: 255,
            addressMismatch: 'overlap',
            version: 3,
            virtualRouterId: 1,
            priority: 100,
            advertisementInterval: 1000,
            downAfter: 3,
            excluded: [],
            accept: true,
            routes: [],
            rules: [],
            preempt: true,
            preemptDelay: 0,
            startDelay: 0,
            track: [],
            checksum: 'rfc5798',
            addresses: [{ address: '10.0.0.1', prefixLength: 32 }],
            lease: true,
            announceEvery: 60_000,
          },
        ],
        groups: [],
        hold: 10_000,
        announceRate: 500,
        scripts: [],
        processes: [],
        files: [],
        bfd: [],
      },
      virtualServices: [
        {
          name: 's',
          matches: [{ address: '10.0.0.1', port: 80 }],
          protocol: 'tcp',
          scheduler: 'wrr',
          schedulerFlags: [],
          onePacket: false,
          snat: false,
          checks: [{ type: 'tcp', interval: 1000, timeout: 500, rise: 2, fall: 3 }],
          drainTimeout: 10_000,
          quorum: 1,
          hysteresis: 0,
          panicThreshold: 1,
          slowStart: 0,
          realServers: [
            {
              name: '10.0.1.1:8080',
              endpoint: { address: '10.0.1.1', port: 8080 },
              weight: 1,
              forwarding: 'masq',
              tunnel: { type: 'ipip', port: 0, checksum: 'none' },
              maxConnections: 0,
              resumeConnections: 0,
              standby: false,
              inhibit: false,
            },
          ],
        },
      ],
      ipvsTimeouts: {},
      log: { level: 'info', format: 'text', levels: {} },
      notifications: [],
      watch: false,
    });
  });

  it('reads where to log, and the peers', () => {
    const more = `log: { levels: { vrrp: debug }, file: { path: /var/log/regent.log, max_size: 2MiB } }
peers: { listen: "10.0.0.2:8550", key_file: /etc/regent/key, directors: ["10.0.0.3:8550"] }
watch: true
`;
    const config = configOf(parseConfig(`${vrrp(router())}${more}`, 'f'));
    assert.deepEqual(config.log.levels, { vrrp: 'debug' });
    assert.deepEqual(config.log.file, { path: '/var/log/regent.log', maxSize: 2 * 2 ** 20, keep: 5 });
    assert.deepEqual(config.peers, {
      listen: { address: '10.0.0.2', port: 8550 },
      keyFile: '/etc/regent/key',
      directors: [{ address: '10.0.0.3', port: 8550 }],
    });
    assert.equal(config.watch, true);
  });

  it('reads lease, prefix length and a silenced announcement', () => {
    const text = vrrp(router(', lease: off, announce_every: 0s', 1, 'a', '10.0.0.1/24'));
    const [only] = configOf(parseConfig(text, 'f')).vrrp.routers;
    assert.equal(only?.lease, false);
    assert.equal(only?.announceEvery, 0);
    assert.deepEqual(only?.addresses, [{ address: '10.0.0.1', prefixLength: 24 }]);
  });

  const good: [string, string][] = [
    ['10ms', ''],
    ['40.95s', ''],
    ['1.1s', ''],
    ['255s', ', version: 2'],
  ];
  for (const [interval, version] of good) {
    it(`accepts an advertisement interval of ${interval}${version}`, () => {
      assert.deepEqual(problemsOf(vrrp(router(`, advertisement_interval: ${interval}${version}`))), []);
    });
  }

  it('reads unicast over IPv6, in one spelling of its addresses', () => {
    const text = vrrp(
      router(', source: "FE80::1", peers: ["fe80:0::2"], multicast: true, min_ttl: 254', 1, 'a', '"FD00:0::1"'),
    );
    const [only] = configOf(parseConfig(text, 'f')).vrrp.routers;
    assert.deepEqual(
      [only?.family, only?.source, only?.peers, only?.multicast, only?.minTtl],
      ['ipv6', 'fe80::1', ['fe80::2'], true, 254],
    );
    assert.deepEqual(only?.addresses, [{ address: 'fd00::1', prefixLength: 128 }]);
  });

  it('has unicast alone where peers are named', () => {
    const [only] = configOf(parseConfig(vrrp(router(', peers: [10.0.0.2]')), 'f')).vrrp.routers;
    assert.equal(only?.multicast, false);
  });

  for (const [interval, window] of [
    ['1s', 5000],
    ['10s', 30_000],
  ] as const)
    it(`allows clocks to differ by ${window} ms at an interval of ${interval}`, () => {
      const text = vrrp(
        router(`, advertisement_interval: ${interval}, authentication: { type: hmac, key_file: /etc/k }`),
      );
      assert.deepEqual(configOf(parseConfig(text, 'f')).vrrp.routers[0]?.authentication, {
        type: 'hmac',
        keyFile: '/etc/k',
        window,
        mode: 'enforce',
      });
    });

  for (const [name, text] of [
    ['for IPv4 and for IPv6', vrrp(router(), router('', 1, 'b', '"::1"'))],
    ['for peers apart', vrrp(router(', peers: [10.0.0.8]'), router(', peers: [10.0.0.9]', 1, 'b', '10.0.0.2'))],
    ['for the group and for a peer', vrrp(router(), router(', peers: [10.0.0.9]', 1, 'b', '10.0.0.2'))],
  ] as const)
    it(`accepts one virtual router id ${name}`, () => assert.deepEqual(problemsOf(text), []));

  const rows: [name: string, text: string, ...problems: string[]][] = [
    ['an empty file', '', '1:1: the file is empty'],
    ['two documents', '--- a\n--- b\n', '1:1: expected one document, but there are more'],
    ['a list for a mapping', '[]', '1:1: expected a mapping'],
    ['a syntax error', 'director: [d\n', '1:11: this [ is never closed'],
    ['an alias without anchor', 'director: *d\n', '1:12: unidentified alias "d"'],
    ['missing keys', 'director: d\nvrrp: {}\n', '2:7: missing key "routers"'],
    ['a missing section', '# c\n\ndirector: d\n', '3:1: missing key "vrrp"'],
    ['a repeated key', `${vrrp(router())}director: e\n`, '5:1: key "director" is repeated: see f:1:1'],
    ['an unknown key', `${vrrp(router())}lgo: {}\n`, '5:1: unknown key "lgo" (did you mean "log"?)'],
    ['an unknown key like none', `${vrrp(router())}telemetry: {}\n`, '5:1: unknown key "telemetry"'],
    [
      'a misspelt key that is required, once',
      'director: d\nvrrp:\n  routers:\n    - nmae: a\n      interface: e\n      virtual_router_id: 1\n      addresses: [10.0.0.1]\n',
      '4:7: unknown key "nmae" (did you mean "name"?)',
    ],
    [
      'a key without a value',
      'director:\nvrrp: { routers: [] }\n',
      '1:1: expected a name of letters, digits, ".", "_" and "-", not null',
    ],
    ['a number out of bounds', vrrp(router(', priority: 256')), '4:90: expected a whole number from 1 to 255, not 256'],
    ['a fraction', vrrp(router(', priority: 1.5')), '4:90: expected a whole number from 1 to 255, not 1.5'],
    ['priority 0', vrrp(router(', priority: 0')), '4:90: expected a whole number from 1 to 255, not 0'],
    ['a quoted number', vrrp(router(', priority: "5"')), '4:90: expected a whole number from 1 to 255, not "5"'],
    [
      'a word for a flag',
      vrrp(router(', preempt: off')),
      '4:89: expected true or false, not "off" (did you mean "false"?)',
    ],
    [
      'an unknown lease',
      vrrp(router(', lease: atuo')),
      '4:87: expected one of auto, off, not "atuo" (did you mean "auto"?)',
    ],
    ['no addresses', vrrp(router('', 1, 'a', '')), '4:68: expected at least one entry'],
    [
      'an address with a zone',
      vrrp(router('', 1, 'a', '"fe80::1%eth0"')),
      '4:69: expected an IP address, such as 192.0.2.1/32 or 2001:db8::1/64, not "fe80::1%eth0"',
    ],
    [
      'a prefix too long for IPv6',
      vrrp(router('', 1, 'a', '"::1/129"')),
      '4:69: expected an IP address, such as 192.0.2.1/32 or 2001:db8::1/64, not "::1/129"',
    ],
    [
      'addresses of both families',
      vrrp(router('', 1, 'a', '10.0.0.1, "::1"')),
      '4:79: IPv4 and IPv6 addresses need a router each: see f:4:69',
    ],
    [
      'version 2 over IPv6',
      vrrp(router(', version: 2', 1, 'a', '"::1"')),
      '4:86: VRRP version 2 is for IPv4 alone: see f:4:69',
    ],
    [
      'a peer of the other family',
      vrrp(router(', peers: ["::1"]')),
      "4:88: ::1 is not of the addresses' family, IPv4: see f:4:69",
    ],
    [
      'a peer that is the router itself, and one twice',
      vrrp(router(', source: 10.0.0.2, peers: [10.0.0.2, 10.0.0.3, 10.0.0.3]')),
      '4:106: a router is no peer of itself: see f:4:88',
      '4:126: peer 10.0.0.3 is given twice: see f:4:116',
    ],
    [
      'what only a router with peers has',
      vrrp(router(', check_source: false, min_ttl: 254, multicast: false')),
      '4:94: check_source is for a router with peers',
      '4:110: min_ttl is for a router with peers',
      '4:126: a router without peers has multicast alone',
    ],
    [
      'a password in version 3',
      vrrp(router(', authentication: { type: password, password: secret }')),
      '4:104: a password is for version 2 alone: version 3 has hmac',
    ],
    [
      'a password of nine letters',
      vrrp(router(', version: 2, authentication: { type: password, password: secretive }')),
      '4:136: expected a text of 1 to 8 bytes, not "secretive"',
    ],
    [
      'hmac without keys and with a password',
      vrrp(router(', authentication: { type: hmac, password: secret }')),
      '4:96: authentication by hmac needs the key "key_file"',
      '4:120: authentication by hmac has no "password"',
    ],
    [
      'a misspelt key of authentication',
      vrrp(router(', authentication: { type: hmac, key_fiel: /etc/k, key_file: /etc/k }')),
      '4:110: unknown key "key_fiel" (did you mean "key_file"?)',
    ],
    [
      'more addresses than an advertisement over IPv6 holds',
      vrrp(router('', 1, 'a', Array.from({ length: 90 }, (_, index) => `"fd00::${index + 1}"`).join(', '))),
      '4:68: an advertisement holds at most 89 IPv6 addresses, not 90; more may be excluded from it',
    ],
    [
      'one virtual router id for the group twice, beside a peer',
      vrrp(router(), router(', peers: [10.0.0.9], multicast: true', 1, 'b', '10.0.0.2')),
      '5:54: virtual_router_id 1 is used twice on eth0: see f:4:54',
    ],
    [
      'one virtual router id for one peer twice',
      vrrp(router(', peers: [10.0.0.9]'), router(', peers: [10.0.0.9, 10.0.0.8]', 1, 'b', '10.0.0.2')),
      '5:54: virtual_router_id 1 is used twice on eth0: see f:4:54',
    ],
    [
      'a prefix too long',
      vrrp(router('', 1, 'a', '10.0.0.1/33')),
      '4:69: expected an IP address, such as 192.0.2.1/32 or 2001:db8::1/64, not "10.0.0.1/33"',
    ],
    [
      'a bare number for a duration',
      `${vrrp(router())}  hold: 1\n`,
      `5:9: expected ${unit} at most 24h, not 1 (did you mean "1s"?)`,
    ],
    ['a duration too long', `${vrrp(router())}  hold: 25h\n`, `5:9: expected ${unit} at most 24h, not "25h"`],
    [
      'an interval of no time',
      services(service(', check: { interval: 0s }')),
      `6:57: expected ${unit} above zero and at most 24h, not "0s"`,
    ],
    [
      'an interval between the steps of version 3',
      vrrp(router(', advertisement_interval: 15ms')),
      '4:104: VRRP version 3 carries intervals of 10ms to 40.95s in steps of 10ms, not "15ms"',
    ],
    [
      'an interval beyond version 3',
      vrrp(router(', advertisement_interval: 41s')),
      '4:104: VRRP version 3 carries intervals of 10ms to 40.95s in steps of 10ms, not "41s"',
    ],
    [
      'an interval that version 2 cannot carry',
      vrrp(router(', version: 2, advertisement_interval: 500ms')),
      '4:116: VRRP version 2 carries intervals of whole seconds from 1s to 255s, not "500ms"',
    ],
    [
      'an owner that does not preempt',
      vrrp(router(', priority: 255, preempt: false')),
      '4:104: a router of priority 255 owns its addresses and always preempts: see f:4:90',
    ],
    [
      'one virtual router id twice on an interface',
      vrrp(router(), router('', 1, 'b', '10.0.0.2')),
      '5:54: virtual_router_id 1 is used twice on eth0: see f:4:54',
    ],
    [
      'one router name twice',
      vrrp(router(), router('', 2, 'a', '10.0.0.2')),
      '5:15: router name "a" is used twice: see f:4:15',
    ],
    [
      'one address in two routers',
      vrrp(router(), router('', 2, 'b', '10.0.0.1/24')),
      '5:69: address 10.0.0.1 is given twice: see f:4:69',
    ],
    [
      'a group of unknown routers',
      `${vrrp(router('', 1, 'main'))}  groups:\n    - { name: g, routers: [mian] }\n`,
      '6:28: no router is named "mian" (did you mean "main"?)',
    ],
    [
      'a router in two groups',
      `${vrrp(router())}  groups:\n    - { name: g, routers: [a] }\n    - { name: h, routers: [a] }\n`,
      '7:28: router "a" is grouped twice: see f:6:28',
    ],
    [
      'one group name twice',
      `${vrrp(router(), router('', 2, 'b', '10.0.0.2'))}  groups:\n    - { name: g, routers: [a] }\n    - { name: g, routers: [b] }\n`,
      '8:15: group name "g" is used twice: see f:7:15',
    ],
    [
      'one service name twice',
      services(service(''), service('', '', 's', '10.0.0.1:81')),
      '8:13: service name "s" is used twice: see f:6:13',
    ],
    [
      'one service address twice',
      services(service(''), service('', '', 't')),
      '8:25: service 10.0.0.1:80 is given twice: see f:6:25',
    ],
    [
      'one real server twice in a service',
      services(service('', '{ address: 10.0.1.1:80 }, { address: 10.0.1.1:80 }')),
      '7:59: real server 10.0.1.1:80 is given twice: see f:7:33',
    ],
    [
      'one real server name twice in a service',
      services(service('', '{ name: r, address: 10.0.1.1:80 }, { name: r, address: 10.0.1.2:80 }')),
      '7:65: real server name "r" is used twice: see f:7:30',
    ],
    [
      'another port behind direct forwarding',
      services(service(', forwarding: direct', '{ address: 10.0.1.1:81 }')),
      '7:33: direct forwarding keeps the port, so it must be 80: see f:6:25 (did you mean "10.0.1.1:80"?)',
    ],
    [
      'all problems in the order of their places, schema and rules alike',
      `log: { level: inof }\n${vrrp(router(', priority: 0'), router())}`,
      '1:15: expected one of error, warn, info, debug, not "inof" (did you mean "info"?)',
      '5:90: expected a whole number from 1 to 255, not 0',
      '6:15: router name "a" is used twice: see f:5:15',
      '6:54: virtual_router_id 1 is used twice on eth0: see f:5:54',
      '6:69: address 10.0.0.1 is given twice: see f:5:69',
    ],
  ];
  for (const [name, text, ...problems] of rows) {
    it(`refuses ${name}`, () => assert.deepEqual(problemsOf(text), problems));
  }

  it('counts places alike with CR LF and a byte order mark', () => {
    const text = `\uFEFF${vrrp(router(', priority: 0')).replaceAll('\n', '\r\n')}`;
    assert.deepEqual(problemsOf(text), ['4:90: expected a whole number from 1 to 255, not 0']);
  });

  it('refuses a typo of one character in any key, on its line', () => {
    const text = readFileSync('config/lb0.yaml', 'utf8');
    const keys = [...text.replace(/#.*/g, (comment) => ' '.repeat(comment.length)).matchAll(/\b[a-z_]+(?=:(?: |$))/gm)];
    assert.ok(keys.length > 30);
    const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz_');
    const edit = fc.constantFrom<'insert' | 'replace' | 'remove'>('insert', 'replace', 'remove');
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.nat(), letter, edit, (key, where, added, kind) => {
        const at = key.index + (where % key[0].length);
        const typo = kind === 'remove' ? '' : added;
        const changed = text.slice(0, at) + typo + text.slice(kind === 'insert' ? at : at + 1);
        fc.pre(changed !== text);
        const line = text.slice(0, key.index).split('\n').length;
        const result = parseConfig(changed, 'f');
        assert.ok(!result.ok && result.problems.some((problem) => problem.line === line), changed);
      }),
    );
  });

  it('never throws on noise', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        ...'\n\t-:?[]{},&*!|>%@\'"#',
        '\n  ',
        '- ',
        ': ',
        '<<: *a',
        '&a ',
        '*a',
        '--- ',
        '__proto__: ',
        'vrrp: ',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const result = parseConfig(pieces.join(''), 'f');
        assert.ok(!result.ok && result.problems.length > 0);
      }),
      { numRuns: 500 },
    );
  });
});

describe('readConfig', () => {
  for (const [name, priority] of [
    ['lb0', 150],
    ['lb1', 100],
  ] as const) {
    it(`loads the lab's ${name}`, () => {
      const config = configOf(readConfig(`config/${name}.yaml`));
      assert.equal(config.director, name);
      assert.deepEqual(
        config.vrrp.routers.map((one) => [one.interface, one.virtualRouterId, one.priority, one.addresses[0]?.address]),
        [
          ['enp0s9', 51, priority, '192.168.55.100'],
          ['enp0s8', 52, priority, '192.168.66.100'],
        ],
      );
      assert.deepEqual(
        config.virtualServices[0]?.realServers.map((server) => server.name),
        ['rs0', 'rs1'],
      );
    });

    it(`loads the seed's ${name}`, () => {
      const config = configOf(readConfig(`config/seed/${name}.yaml`));
      assert.equal(config.vrrp.routers[0]?.lease, false);
      assert.equal(config.virtualServices[0]?.snat, true);
    });
  }

  it('names a file that cannot be read', () => {
    const result = readConfig('/nonexistent/regent.yaml');
    assert.ok(!result.ok);
    assert.match(formatProblems(result.problems), /^\/nonexistent\/regent\.yaml:1:1: cannot be read: ENOENT/);
  });
});
