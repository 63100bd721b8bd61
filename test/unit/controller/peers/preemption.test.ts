// A director that returns preempts when it knows the connections that it would cut, or when it has waited long enough.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import {
  hasDemoted,
  heldAtStart,
  judgePreemption,
  type PeerView,
  type Preemption,
  type Superiors,
  superiorsOf,
} from '../../../../controller/peers/preemption.ts';
import { ip } from '../../../../net/ip-address.ts';
import type { RouterStatus } from '../../../../vrrp/status.ts';

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
  return (now: number, peers: readonly PeerView[], wouldPreempt = true, isDemoted = false): [string, ...string[]] => {
    const [next, lines] = judgePreemption(current, peers, { wouldPreempt, isDemoted }, limit, now as Instant);
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
      [state] = judgePreemption(
        state,
        [compared(now / 1000 + 1)],
        { wouldPreempt: true, isDemoted: false },
        limit,
        now as Instant,
      );
      if (state.name === 'held') reasons.add(state.reason);
    }
    assert.equal(reasons.size, 1);
  });

  describe('where the master lowers its priority, though the peer is lost', () => {
    it('does not wait, whichever comes first', () => {
      const late = story();
      late(0, [compared(0)], false);
      assert.deepEqual(late(1000, [away], false), ['held']);
      assert.deepEqual(late(2000, [away], true, true), [
        'free',
        'warn preempts, since the master has lowered its priority below that of this host: no answer from lb1, so its connections are not known here',
      ]);
      assert.deepEqual(late(3000, [away], true, true), ['free']);
      const early = story();
      early(0, [compared(0)], false);
      assert.deepEqual(early(1000, [away], true, true), ['free']);
      assert.deepEqual(early(2000, [away], false, false), ['free']);
    });

    it('waits as ever where it never knew the connections', () =>
      assert.equal(story()(1000, [away], true, true)[0], 'held'));

    it('waits where it has looked in vain in between', () => {
      const look = story();
      look(0, [compared(0)], false);
      look(1000, [away], true);
      look(2000, [away], true);
      assert.equal(look(3000, [away], true, true)[0], 'free');
    });
  });
});

describe('a master that is followed', () => {
  const router = (state: RouterStatus['state'], own: number, theirs: number, address = '10.0.0.1') => ({
    name: 'vip',
    state,
    priority: own,
    master: { address: ip(address), priority: theirs },
  });
  const last = (...looks: readonly ReturnType<typeof router>[]): boolean => {
    let superiors: Superiors = new Map();
    for (const one of looks) superiors = superiorsOf(superiors, [one]);
    return hasDemoted(superiors, looks.slice(-1));
  };
  const rows: readonly (readonly [string, readonly ReturnType<typeof router>[], boolean])[] = [
    ['falls below the router', [router('backup', 100, 150), router('backup', 100, 90)], true],
    ['stays below it', [router('backup', 100, 150), router('backup', 100, 90), router('candidate', 100, 90)], true],
    ['falls, and is still above it', [router('backup', 100, 150), router('backup', 100, 110)], false],
    ['was always below it', [router('backup', 100, 90), router('backup', 100, 80)], false],
    ['is as before, when the router itself rises', [router('backup', 90, 100), router('backup', 150, 100)], false],
    ['is another one', [router('backup', 100, 150), router('backup', 100, 90, '10.0.0.3')], false],
    ['is back', [router('backup', 100, 150), router('backup', 100, 90), router('backup', 100, 150)], false],
    [
      'was followed before the router was master itself',
      [router('backup', 100, 150), router('master', 100, 150), router('backup', 100, 90)],
      false,
    ],
  ];
  for (const [what, looks, isDemoted] of rows)
    it(`${isDemoted ? 'has' : 'has not'} lowered its priority: it ${what}`, () =>
      assert.equal(last(...looks), isDemoted));
});
