// Anycast addresses as the controller orders them: their states, what the kernel should hold, and for how long.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import { diff } from '../../../../kernel/diff.ts';
import type { AddressEntry } from '../../../../kernel/route/address-entry.ts';
import { ip } from '../../../../net/ip-address.ts';
import {
  type Anycast,
  type AnycastOrders,
  type AnycastState,
  type AnycastWish,
  anycastEntries,
  anycastKeys,
  anycastRules,
  nextDrainEnd,
  stepAnycast,
} from '../../../../vrrp/anycast/standing.ts';

const at = (seconds: number): Instant => (1000 * seconds) as Instant;
const cidr = { address: ip('192.0.2.10'), prefixLength: 32 };
const other = { address: ip('192.0.2.53'), prefixLength: 32 };
const drain = milliseconds(30_000);
const lease = milliseconds(3000);
const orders = (wish: AnycastWish, more: Partial<AnycastOrders> = {}): AnycastOrders => ({
  interface: 'regent0',
  lease,
  entries: [{ name: 'web', addresses: [cidr], wish, why: 'because', drain }],
  ...more,
});
const one = (state: AnycastState, since = 0): Anycast => ({
  name: 'web',
  cidr,
  state,
  since: at(since),
  drain,
  why: 'because',
});
const held = (place: string, lifetime: AddressEntry['lifetime'] = 3, given = cidr): AddressEntry => ({
  ...given,
  interface: place,
  lifetime,
});
const states = (all: readonly Anycast[]): string[] =>
  all.map(({ cidr: { address }, state, since }) => `${address} ${state} ${since / 1000}`);

describe('the state of an anycast address', () => {
  for (const [before, wish, seconds, after] of [
    ['released', 'announce', 5, 'announced 5'],
    ['announced', 'announce', 5, 'announced 0'],
    ['announced', 'keep', 5, 'announced 0'],
    ['announced', 'drain', 5, 'draining 5'],
    ['announced', 'release', 5, 'released 5'],
    ['draining', 'drain', 29, 'draining 0'],
    ['draining', 'keep', 29, 'draining 0'],
    ['draining', 'drain', 30, 'released 30'],
    ['draining', 'announce', 29, 'announced 29'],
    ['draining', 'release', 5, 'released 5'],
    ['released', 'drain', 5, 'released 0'],
    ['released', 'keep', 5, 'released 0'],
    ['released', 'release', 5, 'released 0'],
  ] as const)
    it(`${before}, to ${wish} at ${seconds} s: ${after}`, () =>
      assert.deepEqual(states(stepAnycast([one(before)], orders(wish), [], at(seconds))), [`192.0.2.10 ${after}`]));

  for (const [what, actual, after] of [
    ['nothing', [], 'released'],
    ['a leased address on the interface', [held('regent0')], 'announced'],
    ['a leased address on lo', [held('lo')], 'draining'],
    ["this host's own on lo", [held('lo', 'forever')], 'released'],
    ['one without a lease on the interface', [held('regent0', 'forever')], 'released'],
    ['one on another interface', [held('eth0')], 'released'],
    ['another address', [held('regent0', 3, other)], 'released'],
  ] as const)
    it(`a new process that finds ${what} takes it for ${after}`, () =>
      assert.deepEqual(states(stepAnycast([], orders('keep'), actual, at(1))), [`192.0.2.10 ${after} 1`]));

  it('is drained once it is configured no more, then forgotten', () => {
    const none = orders('keep', { entries: [] });
    const left = stepAnycast([one('announced')], none, [], at(5));
    assert.deepEqual(states(left), ['192.0.2.10 draining 5']);
    assert.equal(nextDrainEnd(left), at(35));
    assert.deepEqual(states(stepAnycast(left, none, [], at(34.9))), ['192.0.2.10 draining 5']);
    assert.deepEqual(stepAnycast(left, none, [], at(35)), []);
    assert.deepEqual(stepAnycast([one('released')], none, [], at(5)), []);
  });

  it('with no drain is released at once', () => {
    const short = orders('drain', {
      entries: [{ name: 'web', addresses: [cidr], wish: 'drain', why: '', drain: milliseconds(0) }],
    });
    assert.deepEqual(states(stepAnycast([one('announced')], short, [], at(5))), ['192.0.2.10 released 5']);
  });

  it('follows its entry to another name', () => {
    const renamed = orders('keep', { entries: [{ name: 'www', addresses: [cidr], wish: 'keep', why: '', drain }] });
    const [moved] = stepAnycast([one('announced')], renamed, [], at(5));
    assert.deepEqual([moved?.name, moved?.state], ['www', 'announced']);
  });
});

describe('the kernel’s anycast addresses', () => {
  const changes = (all: readonly Anycast[], actual: readonly AddressEntry[], renews = false, wanted = orders('keep')) =>
    diff(actual, anycastEntries(all, wanted), anycastRules(new Set(anycastKeys(wanted)), renews)).map(
      ({ type, entry }) => `${type} ${entry.address} ${entry.interface}`,
    );

  it('have a lease on the interface', () =>
    assert.deepEqual(anycastEntries([one('announced')], orders('keep')), [held('regent0')]));
  it('are on lo before they leave the interface', () =>
    assert.deepEqual(changes([one('draining')], [held('regent0')]), [
      'add 192.0.2.10 lo',
      'remove 192.0.2.10 regent0',
    ]));
  it('stay without a renewal', () => assert.deepEqual(changes([one('announced')], [held('regent0', 1)]), []));
  it('are renewed', () =>
    assert.deepEqual(changes([one('announced')], [held('regent0', 1)], true), ['update 192.0.2.10 regent0']));
  it('get a lease that they lack', () =>
    assert.deepEqual(changes([one('announced')], [held('regent0', 'forever')]), ['update 192.0.2.10 regent0']));
  it('are removed once released', () =>
    assert.deepEqual(changes([one('released')], [held('regent0'), held('lo')]), [
      'remove 192.0.2.10 regent0',
      'remove 192.0.2.10 lo',
    ]));
  it("leave this host's own on lo alone", () => {
    assert.deepEqual(changes([one('released')], [held('lo', 'forever')]), []);
    assert.deepEqual(changes([one('draining')], [held('lo', 'forever')], true), []);
  });
  it('leave others alone', () =>
    assert.deepEqual(changes([one('released')], [held('regent0', 3, other), held('eth0')]), []));
});
