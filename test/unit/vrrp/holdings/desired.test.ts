// The addresses a host should hold: their leases, whose they are, and when they are renewed.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import type { RouterConfig } from '../../../../config/model/model.ts';
import { diff } from '../../../../kernel/diff.ts';
import { type AddressEntry, addressKey } from '../../../../kernel/route/address-entry.ts';
import { ip } from '../../../../net/ip-address.ts';
import type { RouterState } from '../../../../vrrp/election/router-state.ts';
import {
  addressRules,
  desiredAddresses,
  leaseOf,
  leaseOverlap,
  renewalOf,
  type Standing,
} from '../../../../vrrp/holdings/desired.ts';

const at = (value: number): Instant => value as Instant;
const initialize: RouterState = { name: 'initialize' };
const master: RouterState = { name: 'master', deadline: at(1000), lastSent: at(0) };
const leaving: RouterState = { name: 'leaving', deadline: at(1000) };
const candidate: RouterState = { name: 'candidate', masterInterval: milliseconds(1000) };
const config = {
  interface: 'eth0',
  excluded: [],
  addresses: [{ address: ip('10.0.0.100'), prefixLength: 24 }],
  priority: 150,
  advertisementInterval: milliseconds(1000),
  downAfter: 3,
  lease: 'auto',
} as unknown as RouterConfig;
const owner: RouterConfig = { ...config, priority: 255 };
const entry = (lifetime: AddressEntry['lifetime'], address = ip('10.0.0.100')): AddressEntry => ({
  interface: 'eth0',
  address,
  prefixLength: 24,
  lifetime,
});

describe('leases', () => {
  const rows: readonly { name: string; router: RouterConfig; lease: number | undefined }[] = [
    { name: '2 s at an interval of 1 s', router: config, lease: 2 },
    { name: '1 s at least, at 100 ms', router: { ...config, advertisementInterval: milliseconds(100) }, lease: 1 },
    { name: '4 s where five advertisements may be lost', router: { ...config, downAfter: 5 }, lease: 4 },
    { name: '4 s until a successor at 1 s', router: { ...config, lease: 'until_successor' }, lease: 4 },
    {
      name: '1 s until a successor at 100 ms',
      router: { ...config, lease: 'until_successor', advertisementInterval: milliseconds(100) },
      lease: 1,
    },
    { name: 'none for an owner', router: owner, lease: undefined },
    { name: 'none where none is wanted', router: { ...config, lease: 'off' }, lease: undefined },
  ];
  for (const { name, router, lease } of rows) it(`are ${name}`, () => assert.equal(leaseOf(router), lease));

  it('outlast an advertisement interval, whatever the configuration', () => {
    for (let interval = 10; interval <= 40_950; interval += 10)
      for (const downAfter of [1, 2, 3, 5]) {
        const lease = leaseOf({ ...config, advertisementInterval: milliseconds(interval), downAfter }) ?? 0;
        assert.ok(lease * 1000 >= interval + 100, `${lease} s at ${interval} ms`);
      }
  });
  it('end in time at an interval of 1 s', () => assert.equal(leaseOverlap(2, milliseconds(3414)), 0));
  it('outlive a master of 100 ms', () => assert.equal(leaseOverlap(1, milliseconds(350)), 1650));
});

describe('renewals of leases', () => {
  for (const [name, change, expected] of [
    ['in a third of the lease', {}, 2000 / 3],
    ['with every advertisement where it ends just after the takeover', { lease: 'until_successor' }, 500],
    [
      'in a third where that leaves enough',
      { lease: 'until_successor', advertisementInterval: milliseconds(100) },
      1000 / 3,
    ],
    ['never without one', { lease: 'off' }, Number.POSITIVE_INFINITY],
    [
      'in what it has to spare until the next advertisement',
      { advertisementInterval: milliseconds(840) },
      1000 - 840 - 100,
    ],
    ['with every advertisement where it has nothing to spare', { advertisementInterval: milliseconds(900) }, 0],
  ] as const)
    it(`are due ${name}`, () => assert.equal(renewalOf({ ...config, ...change }), expected));
});

describe('desired addresses', () => {
  const rows = [
    { state: master, held: [entry(2)] },
    { state: leaving, held: [entry(2)] },
    { state: candidate, held: [] },
    { state: initialize, held: [] },
  ];
  for (const { state, held } of rows)
    it(`in ${state.name}: ${held.length}`, () => assert.deepEqual(desiredAddresses([{ config, state }]), held));

  it('last forever without a lease', () =>
    assert.deepEqual(desiredAddresses([{ config: { ...config, lease: 'off' }, state: master }]), [entry('forever')]));
});

describe('address rules', () => {
  const changesOf = (
    standings: readonly Standing[],
    actual: readonly AddressEntry[],
    remembered: readonly AddressEntry[] = [],
    renew = false,
  ): string[] => {
    const rules = addressRules(standings, new Set(remembered.map(addressKey)), renew);
    return diff(actual, desiredAddresses(standings), rules).map((change) => change.type);
  };
  const noLease: RouterConfig = { ...config, lease: 'off' };

  it('add what is missing', () => assert.deepEqual(changesOf([{ config, state: master }], []), ['add']));
  it('remove what is no longer held', () =>
    assert.deepEqual(changesOf([{ config, state: initialize }], [entry(2)]), ['remove']));
  it('leave a lease alone between renewals', () =>
    assert.deepEqual(changesOf([{ config, state: master }], [entry(1)]), []));
  it('renew a lease', () => assert.deepEqual(changesOf([{ config, state: master }], [entry(2)], [], true), ['update']));
  it('lend what was given forever', () =>
    assert.deepEqual(changesOf([{ config, state: master }], [entry('forever')]), ['update']));
  it('give forever what was lent', () =>
    assert.deepEqual(changesOf([{ config: noLease, state: master }], [entry(2)]), ['update']));
  it('have nothing to renew in what lasts forever', () =>
    assert.deepEqual(changesOf([{ config: noLease, state: master }], [entry('forever')], [], true), []));
  for (const trait of [{ scope: 'link' }, { label: 'x' }, { broadcast: ip('10.0.0.255') }] as const)
    it(`change what has another ${Object.keys(trait)}`, () =>
      assert.deepEqual(changesOf([{ config, state: master }], [{ ...entry(2), ...trait }]), ['update']));
  it('change what is preferred and should not be', () => {
    const six = { ...config, addresses: [{ address: ip('fd00::1'), prefixLength: 128 }] };
    const held = { interface: 'eth0', address: ip('fd00::1'), prefixLength: 128, lifetime: 2 };
    assert.deepEqual(changesOf([{ config: six, state: master }], [held]), []);
    assert.deepEqual(changesOf([{ config: six, state: master }], [{ ...held, preferred: true }]), ['update']);
  });
  it("never remove an owner's address", () =>
    assert.deepEqual(changesOf([{ config: owner, state: initialize }], [entry('forever')], [entry('forever')]), []));
  it('remove the address of priority 255 that releases it', () => {
    const releasing: RouterConfig = { ...owner, releasesAddresses: true };
    assert.deepEqual(changesOf([{ config: releasing, state: initialize }], [entry(2)], [entry(2)]), ['remove']);
  });
  it('keep what routers share while one of them is master, and add it once', () => {
    const both = (left: RouterState, right: RouterState): Standing[] => [
      { config, state: left },
      { config: { ...config, name: 'other' }, state: right },
    ];
    assert.deepEqual(changesOf(both(master, master), []), ['add']);
    assert.deepEqual(changesOf(both(initialize, master), [entry(2)]), []);
    assert.deepEqual(changesOf(both(initialize, initialize), [entry(2)]), ['remove']);
  });
  it('leave a foreign address alone', () =>
    assert.deepEqual(changesOf([{ config, state: initialize }], [entry('forever', ip('10.0.0.7'))]), []));
  it('remove what an earlier configuration named', () =>
    assert.deepEqual(changesOf([], [entry(2, ip('10.0.0.7'))], [entry(2, ip('10.0.0.7'))]), ['remove']));
});
