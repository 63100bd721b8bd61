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
  it('needs peers', () => assert.match(String(problems('{ witness: 192.0.2.9 }', '')), /^3: split_brain needs peers/));
});
