// Which settings and ways leave questions for an address unanswered, and who could ask.

import assert from 'node:assert/strict';
import { ip } from '../../../../net/ip-address.ts';
import { neighbourOf, whyNoArp, whyNoWay } from '../../../../vrrp/holdings/answers.ts';

const entry = (name: string, address: string, prefixLength: number, more = {}) => ({
  interface: name,
  address: ip(address),
  prefixLength,
  ...more,
});
const vip = entry('eth0', '10.0.0.100', 32);
const link = { name: 'eth0', index: 2 };

describe('a neighbour that may ask', () => {
  const rows: [name: string, entries: ReturnType<typeof entry>[], found: string | undefined, held?: typeof vip][] = [
    ['has the address after its own', [entry('eth0', '10.0.0.11', 24)], '10.0.0.12'],
    ['has none of this host', [entry('eth0', '10.0.0.11', 24), entry('eth1', '10.0.0.12', 24)], '10.0.0.10'],
    ['has not the address itself', [entry('eth0', '10.0.0.99', 24)], '10.0.0.98'],
    ['has not the broadcast', [entry('eth0', '10.0.0.254', 24)], '10.0.0.253'],
    ['has the other address of a pair', [entry('eth0', '10.0.0.2', 30)], '10.0.0.1'],
    ['is none on a link without a subnet', [entry('eth0', '10.0.0.11', 32)], undefined],
    [
      'is on the link, or on the next best',
      [entry('eth2', '10.0.2.11', 24), entry('eth1', '10.0.1.11', 24)],
      '10.0.1.12',
    ],
    ['is of the same family', [entry('eth0', 'fd00::11', 64)], undefined],
    ['has an IPv6 address, too', [entry('eth0', 'fd00::ff', 64)], 'fd00::fe', entry('eth0', 'fd00::100', 128)],
  ];
  for (const [name, entries, found, held = vip] of rows)
    it(name, () => assert.equal(neighbourOf(held, ['eth0', 'eth1'], [held, ...entries]), found));
});

describe('arp_ignore', () => {
  const subnet = entry('eth0', '10.0.0.11', 24);
  const rows: [ignore: number, entries: ReturnType<typeof entry>[], isAnswered: boolean, held?: typeof vip][] = [
    [0, [], true],
    [1, [], true],
    [2, [subnet], true],
    [2, [entry('eth1', '10.0.0.11', 24)], false],
    [2, [], false],
    [3, [], true],
    [3, [], false, entry('eth0', '10.0.0.100', 32, { scope: 'host' })],
    [4, [], true],
    [8, [subnet], false],
  ];
  for (const [ignore, entries, isAnswered, held = vip] of rows)
    it(`${ignore} with ${entries.length} subnets ${isAnswered ? 'answers' : 'does not answer'}`, () => {
      const why = whyNoArp(held, { ignore }, [held, ...entries]);
      assert.equal(why === undefined, isAnswered);
      if (why !== undefined) assert.match(why, new RegExp(`arp_ignore, or that of all, is ${ignore}`));
    });
});

describe('the way of a packet', () => {
  const neighbour = ip('10.0.0.12');
  const loose = { ignore: 0, filters: false, isStrict: false };
  const why = (arrival: 'local' | 'elsewhere' | 'refused', settings = loose, answersBy?: number) =>
    whyNoWay({ neighbour, arrival, answersBy }, settings, link) ?? '';
  it('is none where it is routed on, or refused, with the cause', () => {
    assert.equal(why('local'), '');
    assert.match(why('elsewhere'), /10\.0\.0\.12 to it are routed on/);
    assert.match(why('refused'), /a rule forbids it/);
    assert.match(why('refused', { ...loose, isStrict: true }), /eth0\.rp_filter is strict/);
  });
  it('has its answer on the same link, where arp_filter asks for it', () => {
    const filters = { ...loose, filters: true };
    assert.equal(why('local', filters, 2), '');
    assert.match(why('local', filters, 3), /arp_filter is 1/);
    assert.match(why('local', filters), /arp_filter is 1/);
    assert.equal(why('local', loose, 3), '');
  });
});
