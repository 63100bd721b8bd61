// A director that returns preempts when it knows the connections that it would cut, or when it has waited long enough.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import {
  heldAtStart,
  judgePreemption,
  type PeerView,
  type Preemption,
} from '../../../../controller/peers/preemption.ts';

const limit = milliseconds(60_000);
const untried: PeerView = { name: 'lb1', contact: 'untried' };
const away: PeerView = { name: 'lb1', contact: 'away' };
const there: PeerView = { name: 'lb1', contact: 'there' };
const compared = (missing: number, name = 'lb1'): PeerView => ({
  name,
  contact: 'there',
  table: { established: 200, missing },
});

/** Looks again and again; tells of each look whether it is held, and what it logged. */
const story = (state: Preemption = heldAtStart) => {
  let current = state;
  return (now: number, peers: readonly PeerView[], wouldPreempt = true): [string, ...string[]] => {
    const [next, lines] = judgePreemption(current, peers, wouldPreempt, limit, now as Instant);
    current = next;
    return [next.name, ...lines.map(({ level, text }) => `${level} ${text}`)];
  };
};

describe('preemption of a director that returns', () => {
  it('waits until the peer’s connections are known', () => {
    const look = story();
    assert.deepEqual(look(0, [untried], false), ['held']);
    assert.deepEqual(look(100, [there]), [
      'held',
      'warn does not preempt yet: it waits for the established connections of lb1; it waits for at most 60 s',
    ]);
    assert.deepEqual(look(1000, [compared(3)]), ['held']);
    assert.deepEqual(look(2000, [compared(0)]), [
      'free',
      'info the established connections of its peers are known: 200 of lb1; it may preempt',
    ]);
  });

  it('says every ten seconds how many connections it would cut', () => {
    const look = story();
    const text =
      'warn does not preempt yet: 3 of 200 established connections of lb1 are not known here and would be cut;';
    const lines = [0, 5000, 9999, 10_000, 15_000, 20_000].map((now) => look(now, [compared(3)]).slice(1));
    assert.deepEqual(
      lines.map(([line]) => line?.startsWith(text) ?? false),
      [true, false, false, true, false, true],
    );
  });

  it('waits no longer than its limit, and says what it cuts', () => {
    const look = story();
    assert.equal(look(0, [compared(3)])[0], 'held');
    assert.equal(look(59_999, [compared(3)])[0], 'held');
    assert.deepEqual(look(60_000, [compared(3)]), [
      'free',
      'warn preempts, having waited for 60 s: 3 of 200 established connections of lb1 are not known here and would be cut',
    ]);
  });

  it('counts its wait from when there is somebody to preempt', () => {
    const look = story();
    assert.equal(look(0, [away], false)[0], 'held');
    assert.equal(look(3_600_000, [away], true)[0], 'held');
    assert.deepEqual(look(3_660_000, [away], true), [
      'free',
      'warn preempts, having waited for 60 s: no answer from lb1, so its connections are not known here',
    ]);
  });

  it('waits for every peer that answers, and for none that does not', () => {
    const look = story();
    assert.equal(look(0, [compared(0), { name: 'lb2', contact: 'untried' }])[0], 'held');
    assert.equal(look(1, [compared(0), compared(1, 'lb2')])[0], 'held');
    assert.equal(look(2, [compared(0), { name: 'lb2', contact: 'away' }])[0], 'free');
  });

  it('is held again when a peer is lost, and not for one that never was there', () => {
    const look = story();
    assert.equal(look(0, [compared(0), { name: 'lb2', contact: 'away' }])[0], 'free');
    assert.equal(look(1000, [there, { name: 'lb2', contact: 'away' }], false)[0], 'free');
    assert.equal(look(2000, [away, { name: 'lb2', contact: 'away' }], false)[0], 'held');
    assert.equal(look(3000, [there, { name: 'lb2', contact: 'away' }], false)[0], 'held');
    assert.equal(look(4000, [compared(0), { name: 'lb2', contact: 'away' }], false)[0], 'free');
  });

  it('is not held again by the peer for which it did not wait any longer', () => {
    const look = story();
    look(0, [away]);
    assert.equal(look(60_000, [away])[0], 'free');
    assert.equal(look(61_000, [away])[0], 'free');
  });

  it('gives the election a reason that does not change with every look', () => {
    const reasons = new Set<string>();
    let state: Preemption = heldAtStart;
    for (let now = 0; now < 9000; now += 1000) {
      [state] = judgePreemption(state, [compared(now / 1000 + 1)], true, limit, now as Instant);
      if (state.name === 'held') reasons.add(state.reason);
    }
    assert.equal(reasons.size, 1);
  });
});
