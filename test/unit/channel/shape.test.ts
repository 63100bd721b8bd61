// What arrives from another build: taken where its fields are of the declared kinds, and else refused with the place.

import assert from 'node:assert/strict';
import { decodeFromHealthcheck, decodeToHealthcheck } from '../../../healthcheck/messages.ts';
import { decodeFromVrrp, decodeToVrrp } from '../../../vrrp/messages.ts';

const target = {
  id: 'a',
  endpoint: { address: '10.0.0.1', port: 80 },
  check: { type: 'tcp', interval: 1, timeout: 1, rise: 1, fall: 1 },
};
const vrrp = { routers: [], groups: [], bfd: [], hold: 1, announceRate: 1 };
const configure = { type: 'configure', director: 'lb0', config: vrrp, stateDirectory: '/s', aside: [] };

describe('a decoder of messages', () => {
  for (const [what, decode, message] of [
    ['a configuration', decodeToVrrp, configure],
    ['fields of a newer build', decodeToVrrp, { ...configure, colour: 'red', config: { ...vrrp, colour: 'red' } }],
    ['a message without fields', decodeToVrrp, { type: 'stop' }],
    ['an optional field', decodeToVrrp, { type: 'track', item: 'file a', state: 'up', reason: 'r', value: 3 }],
    ['a status of nothing', decodeFromVrrp, { type: 'status', routers: [] }],
    ['targets', decodeToHealthcheck, { type: 'configure', targets: [target] }],
    [
      'probes',
      decodeFromHealthcheck,
      { type: 'probes', results: [{ target: 'a', ok: true, latency: 1 }], lateness: 0 },
    ],
  ] as const)
    it(`takes ${what} as it is`, () => assert.equal(decode(message), message));

  for (const [message, refused] of [
    [null, 'a message without a type'],
    [[], 'a message without a type'],
    ['configure', 'a message without a type'],
    [{ type: 7 }, 'a message without a type'],
    [{ type: 'toString' }, 'toString'],
    [{ type: '__proto__' }, '__proto__'],
    [{ type: 'x\u001b[2J' }, 'x\\x1b[2J'],
    [{ type: 'configure' }, 'configure, whose director is not a text'],
    [{ ...configure, aside: ['a', 1] }, 'configure, whose aside is not a list of texts'],
    [{ ...configure, config: {} }, 'configure, whose config.routers is not a list'],
    [{ ...configure, config: { ...vrrp, routers: [{}] } }, 'configure, whose config.routers[0].name is not a text'],
    [{ ...configure, handoff: null }, 'configure, whose handoff is not a record'],
    [{ ...configure, handoff: { routers: [], known: [1] } }, 'configure, whose handoff.known is not a list of pairs'],
  ] as const)
    it(`refuses ${JSON.stringify(message)?.slice(0, 60)}: ${refused}`, () =>
      assert.deepEqual(decodeToVrrp(message), { refused }));
});
