// Heartbeats as peers read them: what is no heartbeat is left out.

import assert from 'node:assert/strict';
import { decodeHeartbeat, keyOf, standingOf } from '../../../../controller/split-brain/heartbeat.ts';
import { busyStatus } from '../control/busy-status.ts';

describe('a heartbeat', () => {
  it('names a router alike on all directors, whatever the order of its addresses', () => {
    const [one, other] = ['10.0.0.2/32', '10.0.0.1/24'] as const;
    assert.equal(keyOf({ virtualRouterId: 51, addresses: [one, other] }), '51 10.0.0.1');
    assert.equal(keyOf({ virtualRouterId: 51, addresses: [other, one] }), '51 10.0.0.1');
    assert.equal(keyOf({ virtualRouterId: 51, addresses: [] }), '51');
  });

  it('is read as it was written', () => {
    const standings = busyStatus().routers.map(standingOf);
    assert.ok(standings.length > 0);
    const heartbeat = { standings, witness: 'lost' };
    assert.deepEqual(decodeHeartbeat(JSON.parse(JSON.stringify(heartbeat))), heartbeat);
  });

  it('says that a router cannot be master, when it stands aside or gives way', () => {
    const [router] = busyStatus().routers;
    if (router === undefined) throw new Error('unreachable');
    const { aside: _, restraint: __, ...free } = router;
    assert.equal(standingOf(free).restrained, undefined);
    assert.equal(standingOf({ ...free, aside: true }).restrained, true);
    assert.equal(standingOf({ ...free, restraint: { kind: 'yield', reason: 'x' } }).restrained, true);
    assert.equal(standingOf({ ...free, restraint: { kind: 'await', reason: 'x' } }).restrained, undefined);
  });

  for (const value of [undefined, null, 1, 'x', [], {}, { standings: 1 }])
    it(`is not ${JSON.stringify(value)}`, () => assert.equal(decodeHeartbeat(value), undefined));
  for (const standing of [null, 1, {}, { key: 1, state: 'master', priority: 1 }, { key: 'a', state: 'x', priority: 1 }])
    it(`has no standing ${JSON.stringify(standing)}`, () =>
      assert.deepEqual(decodeHeartbeat({ standings: [standing], witness: 'x' }), { standings: [] }));
});
