// Routes and rules of a router as they are written, and what is wrong with one.

import assert from 'node:assert/strict';
import { parseConfig } from '../../../../config/source/load.ts';

const parse = (keys: string) =>
  parseConfig(
    `director: d\nvrrp:\n  routers:\n    - { name: r, interface: eth0, virtual_router_id: 1, addresses: [10.0.0.1], ${keys} }\n`,
    'f',
  );

const problemsOf = (keys: string): string[] => {
  const result = parse(keys);
  return result.ok
    ? []
    : result.problems.map(
        ({ message, suggestion }) =>
          `${message.replace(/: see f:\d+:\d+$/, '')}${suggestion === undefined ? '' : ` [${suggestion}]`}`,
      );
};

describe('the routes of a router', () => {
  it('have the family of what they name, or else the router’s', () => {
    const result = parse(
      'routes: [{ to: default, interface: eth0 }, { to: default, via: "fe80::1", interface: eth0 }, { to: "fd00::/8", type: prohibit, table: 7 }]',
    );
    assert.ok(result.ok);
    assert.deepEqual(result.config.vrrp.routers[0]?.routes, [
      {
        family: 'ipv4',
        to: '0.0.0.0',
        prefixLength: 0,
        type: 'unicast',
        table: 254,
        metric: 0,
        interface: 'eth0',
      },
      {
        family: 'ipv6',
        to: '::',
        prefixLength: 0,
        type: 'unicast',
        table: 254,
        metric: 1024,
        via: 'fe80::1',
        interface: 'eth0',
      },
      { family: 'ipv6', to: 'fd00::', prefixLength: 8, type: 'prohibit', table: 7, metric: 1024 },
    ]);
  });

  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    ['leads nowhere', 'routes: [{ to: default }]', ['a route needs via or interface']],
    ['has no destination', 'routes: [{ via: 10.0.0.2 }]', ['missing key "to"']],
    [
      'has a host in its network',
      'routes: [{ to: 10.1.2.3/22, via: 10.0.0.2 }]',
      ['10.1.2.3/22 is an address within its network [10.1.0.0/22]'],
    ],
    [
      'has a host in its IPv6 network',
      'routes: [{ to: "fd00:1:2:3::4/42", via: "fd00::2" }]',
      ['fd00:1:2:3::4/42 is an address within its network [fd00:1::/42]'],
    ],
    ['mixes families', 'routes: [{ to: 10.1.0.0/16, via: "fd00::2" }]', ['via is not of the family of to']],
    [
      'drops and leads',
      'routes: [{ to: 10.1.0.0/16, type: blackhole, via: 10.0.0.2 }]',
      ['a route of type blackhole has no via'],
    ],
    [
      'is on the link without saying which',
      'routes: [{ to: 10.1.0.0/16, via: 10.0.0.2, on_link: true }]',
      ['on_link needs via and interface'],
    ],
    [
      'has a scope over IPv6',
      'routes: [{ to: "fd00::/8", interface: eth0, scope: link }]',
      ['an IPv6 route has no scope'],
    ],
    [
      'repeats another',
      'routes: [{ to: default, via: 10.0.0.2 }, { to: default, via: 10.0.0.3 }, { to: default, via: "fd00::2" }]',
      ['two routes to default in one table need a metric each'],
    ],
    ['has a misspelt key', 'routes: [{ to: default, vai: 10.0.0.2, interface: e }]', ['unknown key "vai" [via]']],
  ];
  for (const [name, keys, expected] of rows)
    it(`are refused where one ${name}`, () => assert.deepEqual(problemsOf(keys), expected));
});

describe('the rules of a router', () => {
  it('have the family of what they name, theirs, or else the router’s', () => {
    const result = parse(
      'rules: [{ mark: 7, table: 100 }, { to: "fd00::/8", table: 100 }, { interface: eth1, type: blackhole, family: ipv6 }]',
    );
    assert.ok(result.ok);
    assert.deepEqual(
      result.config.vrrp.routers[0]?.rules.map(({ family, action, priority }) => `${family} ${action} ${priority}`),
      ['ipv4 table 16384', 'ipv6 table 16384', 'ipv6 blackhole 16384'],
    );
  });

  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    ['does nothing', 'rules: [{ mark: 7 }]', ['a rule needs one of table and type']],
    ['does two things', 'rules: [{ table: 7, type: prohibit }]', ['a rule needs one of table and type']],
    ['mixes families', 'rules: [{ from: 10.0.0.0/8, to: "fd00::/8", table: 7 }]', ['to is not of the family of from']],
    ['is there twice', 'rules: [{ mark: 7, table: 7 }, { mark: 7, table: 7 }]', ['the rule is given twice']],
    ['names a table', 'rules: [{ table: lan }]', ['expected a whole number from 1 to 4294967295, not "lan"']],
  ];
  for (const [name, keys, expected] of rows)
    it(`are refused where one ${name}`, () => assert.deepEqual(problemsOf(keys), expected));
});
