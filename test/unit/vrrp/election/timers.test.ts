// The timers of RFC 9568 6.1, what hangs on a state, and which of two masters gives way.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { milliseconds } from '../../../../base/units.ts';
import { formatAddress, type IpAddress, ip } from '../../../../net/ip-address.ts';
import { masterDownInterval, outranks, skewTime } from '../../../../vrrp/election/parameters.ts';
import { deadlineOf, holdsAddresses, isReady, type RouterState } from '../../../../vrrp/election/router-state.ts';
import { backup, candidate, contested, initialize, leaving, master, self } from './rules.ts';

describe('timers (RFC 9568 6.1)', () => {
  const rows = [
    { version: 3, priority: 128, interval: 1000, skew: 500, down: 3500 },
    { version: 3, priority: 100, interval: 2560, skew: 1560, down: 9240 },
    { version: 3, priority: 128, interval: 10, skew: 5, down: 35 },
    { version: 2, priority: 128, interval: 1000, skew: 500, down: 3500 },
    { version: 2, priority: 128, interval: 4000, skew: 500, down: 12_500 },
  ] as const;
  for (const { version, priority, interval, skew, down } of rows)
    it(`version ${version}, priority ${priority}, every ${interval} ms: skew ${skew} ms, down after ${down} ms`, () => {
      const router = { version, priority, downAfter: 3 };
      assert.equal(skewTime(router, milliseconds(interval)), skew);
      assert.equal(masterDownInterval(router, milliseconds(interval)), down);
    });
  it('counts as many intervals as configured', () =>
    assert.equal(masterDownInterval({ ...self, downAfter: 5 }, milliseconds(1000)), 5500));
});
describe('what hangs on a state', () => {
  const rows: { state: RouterState; holds: boolean; ready: boolean; deadline: number | undefined }[] = [
    { state: initialize, holds: false, ready: false, deadline: undefined },
    { state: backup, holds: false, ready: false, deadline: 3500 },
    { state: candidate, holds: false, ready: true, deadline: undefined },
    { state: master, holds: true, ready: true, deadline: 1000 },
    { state: leaving, holds: true, ready: false, deadline: 2000 },
  ];
  it('wants its timer when a contest ends, if that is before the next advertisement', () =>
    assert.equal(deadlineOf(contested(400)), 400));

  for (const { state, holds, ready, deadline } of rows)
    it(state.name, () =>
      assert.deepEqual([holdsAddresses(state), isReady(state), deadlineOf(state)], [holds, ready, deadline]),
    );

  for (const [one, other] of [
    [ip('fe80::10'), ip('fe80::9')],
    [ip('fe80:0:0:1::'), ip('fe80::ffff:ffff:ffff:ffff')],
    [ip('fe80::1:0:0:1'), ip('fe80::ffff:1')],
    [ip('10.0.0.10'), ip('10.0.0.9')],
  ] as const)
    it(`orders addresses as numbers of all their bits: ${one} outranks ${other} (RFC 9568 6.4.3)`, () => {
      const ranks = (address: IpAddress, primaryAddress: IpAddress): boolean =>
        outranks({ address, priority: 100 }, { priority: 100, primaryAddress });
      assert.deepEqual([ranks(one, other), ranks(other, one), ranks(one, one)], [true, false, false]);
    });

  for (const [family, address] of [
    ['IPv4', fc.ipV4().map(ip)],
    ['IPv6', fc.uint8Array({ minLength: 16, maxLength: 16 }).map(formatAddress)],
  ] as const)
    it(`lets exactly one of two routers outrank the other over ${family}`, () => {
      const peer = fc.record({ address, priority: fc.integer({ min: 126, max: 128 }) });
      fc.assert(
        fc.property(peer, peer, (one, other) => {
          fc.pre(one.address !== other.address);
          const wins = outranks(one, { ...other, primaryAddress: other.address });
          assert.notEqual(wins, outranks(other, { ...one, primaryAddress: one.address }));
        }),
      );
    });
});
