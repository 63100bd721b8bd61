// A reaction to a split brain needs evidence: peers, and a witness.

import assert from 'node:assert/strict';
import { parseConfig } from '../../../../config/source/load.ts';

const router = '{ name: vip, interface: eth0, virtual_router_id: 51, addresses: [192.0.2.1/32] }';
const peers = 'peers: { listen: "10.0.0.1:8550", key_file: /k, directors: ["10.0.0.2:8550"] }\n';
const problems = (splitBrain: string, before = peers): readonly string[] => {
  const read = parseConfig(`director: d\nvrrp: { routers: [${router}] }\n${before}split_brain: ${splitBrain}\n`, 'f');
  return read.ok ? [] : read.problems.map(({ line, message }) => `${line}: ${message}`);
};

describe('split_brain', () => {
  for (const accepted of [
    '{}',
    '{ reaction: report }',
    '{ witness: 192.0.2.9 }',
    '{ witness: "fd00::1", reaction: hold }',
  ])
    it(`may be ${accepted}`, () => assert.deepEqual(problems(accepted), []));
  it('needs a witness to react', () => {
    for (const reaction of ['yield', 'hold'])
      assert.match(String(problems(`{ reaction: ${reaction} }`)), /^4: reaction \w+ needs a witness/);
  });
  it('has a witness that is another host, reached without an interface', () => {
    for (const [witness, why] of [
      ['192.0.2.1', /^4: 192\.0\.2\.1 is an address of router vip: the witness is another host/],
      ['"fe80::1"', /^4: fe80::1 is a link-local address: it cannot be reached here/],
      ['224.0.0.18', /^4: 224\.0\.0\.18 is a multicast group/],
      ['0.0.0.0', /^4: 0\.0\.0\.0 is not the address of a host/],
    ] as const)
      assert.match(String(problems(`{ witness: ${witness} }`)), why);
  });
  it('has peers of either family, with an IPv6 address in brackets', () => {
    const peersOf = (listen: string, other: string) =>
      problems('{}', `peers: { listen: "${listen}", key_file: /k, directors: ["${other}"] }\n`);
    assert.deepEqual(peersOf('[fd00::1]:8550', '[FD00::2]:8550'), []);
    assert.deepEqual(peersOf('[::]:8550', '10.0.0.2:8550'), []);
    assert.match(
      String(peersOf('[fd00::1]:8550', 'fd00::2')),
      /expected an address and a port, such as .*not "fd00::2"/,
    );
    assert.match(String(peersOf('[fd00::1]:8550', '[fe80::2]:8550')), /fe80::2 is a link-local address/);
  });
  it('needs peers', () => assert.match(String(problems('{ witness: 192.0.2.9 }', '')), /^3: split_brain needs peers/));
});
