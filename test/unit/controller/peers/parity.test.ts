// What a failover would change, by name.

import assert from 'node:assert/strict';
import { parseConfig } from '../../../../config/source/load.ts';
import { describeDisparity } from '../../../../controller/control/disparity.ts';
import { answerTo, decodeParity, differencesOf, type Parity, parityOf } from '../../../../controller/peers/parity.ts';

const base = `
  - name: web
    address: 192.0.2.1:80
    protocol: tcp
    scheduler: wrr
    forwarding: masq
    check: { type: tcp, interval: 1s }
    real_servers:
      - { name: rs0, address: 192.0.2.11:80, weight: 100 }
      - { name: rs1, address: 192.0.2.12:80, weight: 100 }
`;
const other = `
  - { name: api, address: 192.0.2.1:81, protocol: tcp, scheduler: rr, check: { type: tcp }, real_servers: [{ name: a0, address: 192.0.2.11:81 }] }
`;
const parity = (services: string): Parity => {
  const read = parseConfig(
    `director: d\nvrrp: { routers: [{ name: vip, interface: eth0, virtual_router_id: 51, addresses: [192.0.2.1/32] }] }\nvirtual_services:${services}`,
    'f',
  );
  assert.ok(read.ok, JSON.stringify(read));
  return parityOf(read.config);
};
const differences = (services: string, isSameBuild = true): string[] =>
  differencesOf(parity(base), parity(services), 'lb1', isSameBuild);

describe('the parity of a pair', () => {
  for (const [title, services, expected] of [
    ['nothing', base, []],
    ['the order of services', base, []],
    ['another scheduler', base.replace('wrr', 'rr'), ['service web has scheduler wrr here, rr on lb1']],
    [
      'another weight',
      base.replace('weight: 100', 'weight: 50'),
      ['real server rs0 of web has weight 100 here, 50 on lb1'],
    ],
    ['another check', base.replace('interval: 1s', 'interval: 2s'), ['service web has another checks on lb1']],
    [
      'another address',
      base.replace('192.0.2.12:80', '192.0.2.13:80'),
      ['real server rs1 of web has another endpoint on lb1'],
    ],
    ['a server less', base.replace(/.*rs1.*\n/, ''), ['real server rs1 of web is missing on lb1']],
    [
      'a server more',
      `${base}      - { name: rs2, address: 192.0.2.13:80 }\n`,
      ['real server rs2 of web is only on lb1'],
    ],
    ['a service more, in one line', base + other, ['service api is only on lb1']],
    ['the source of probes', base.replace('interval: 1s', 'interval: 1s, source_address: 192.0.2.5'), []],
  ] as const)
    it(`of ${title}`, () => assert.deepEqual(differences(services), expected));

  it('of a hash depends on the order of servers', () => {
    const hashed = base.replace('wrr', 'mh');
    const lines = hashed.trimEnd().split('\n');
    const swapped = `${[...lines.slice(0, -2), lines.at(-1), lines.at(-2)].join('\n')}\n`;
    assert.deepEqual(differencesOf(parity(hashed), parity(swapped), 'lb1', true), [
      'service web has order_of_servers rs0, rs1 here, rs1, rs0 on lb1',
    ]);
    assert.deepEqual(differencesOf(parity(hashed), parity(hashed), 'lb1', true), []);
    assert.equal(parity(base).digest, parity(base.replace(/( +- .*rs0.*\n)( +- .*rs1.*\n)/, '$2$1')).digest);
  });

  it('does not depend on the order of services', () =>
    assert.equal(parity(base + other).digest, parity(other + base).digest));
  it('leaves out what only one of two builds knows', () => {
    const own: Parity = { digest: '1', facts: { 'service web': '{"scheduler":"rr"}' } };
    const newer: Parity = { digest: '2', facts: { 'service web': '{"scheduler":"rr","colour":"blue"}' } };
    assert.deepEqual(differencesOf(own, newer, 'lb1', false), []);
    assert.deepEqual(differencesOf(own, newer, 'lb1', true), ['service web has colour not given here, blue on lb1']);
  });
  it('names a few, and counts the others', () => {
    const many = Array.from(
      { length: 9 },
      (_, index) => `      - { name: x${index}, address: 192.0.2.2${index}:80 }\n`,
    ).join('');
    const found = differences(base + many);
    assert.equal(found.length, 6);
    assert.equal(found.at(-1), '4 more settings differ on lb1');
  });
  it("is a failover's where there are routers, and at once in a fleet", () =>
    assert.deepEqual(
      [true, false].map((hasRouters) => describeDisparity('weight 1 here, 2 on lb1', hasRouters)),
      [
        'a failover would change this: weight 1 here, 2 on lb1',
        'the directors of the fleet serve differently: weight 1 here, 2 on lb1',
      ],
    ));
  it('is told where there is too much to be sent', () =>
    assert.match(String(differencesOf(parity(base), { digest: 'x' }, 'lb1', true)), /too many to be compared/));

  it('is sent where the digests differ, and once', () => {
    const own = parity(base);
    const knowing = { digest: 'x', knows: own.digest };
    assert.equal(answerTo(own, { digest: own.digest }).facts, undefined);
    assert.equal(answerTo(own, undefined).facts, undefined);
    assert.equal(answerTo(own, knowing).facts, undefined);
    assert.deepEqual(answerTo(own, { digest: 'x' }), own);
  });
  for (const wrong of [undefined, null, 7, {}, { digest: 7 }, { digest: 'x'.repeat(101) }])
    it(`is none: ${JSON.stringify(wrong)?.slice(0, 20)}`, () => assert.equal(decodeParity(wrong), undefined));
  it('is taken without facts that are none', () =>
    assert.deepEqual(decodeParity({ digest: 'x', facts: { a: 7 }, knows: 1 }), { digest: 'x' }));
});
