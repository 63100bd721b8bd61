// Reports of dropped packets have a rate that no sender can raise by the sources it makes up.

import assert from 'node:assert/strict';
import type { Instant } from '../../../../base/units.ts';
import type { IpAddress } from '../../../../net/ip-address.ts';
import type { VrrpEventBody } from '../../../../vrrp/events.ts';
import { createDropReports } from '../../../../vrrp/protocol/drops.ts';

describe('reports of dropped packets', () => {
  const address = (text: string) => text as IpAddress;
  const open = () => {
    const told: Extract<VrrpEventBody, { type: 'dropped' }>[] = [];
    const clock = { now: 0 };
    const report = createDropReports(
      () => clock.now as Instant,
      (event) => void (event.type === 'dropped' && told.push(event)),
    );
    return { told, clock, report };
  };

  it('tell a source at once, and what follows in a sum', () => {
    const { told, clock, report } = open();
    for (const now of [0, 100, 9000, 10_000]) {
      clock.now = now;
      report('eth0', address('10.0.0.7'), 'ttl', 'vip');
    }
    assert.deepEqual(
      told.map(({ source, count }) => [source, count]),
      [
        ['10.0.0.7', 1],
        ['10.0.0.7', 3],
      ],
    );
  });

  it('are few for ten thousand sources, and count them all', () => {
    const { told, clock, report } = open();
    for (let index = 0; index < 10_000; index += 1) {
      clock.now = index / 100;
      report('eth0', address(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`), 'ttl', 'vip');
    }
    assert.equal(told.length, 8);
    clock.now = 5000;
    report('eth0', address('10.9.9.9'), 'ttl', 'vip');
    assert.equal(
      told.reduce((sum, { count }) => sum + count, 0),
      10_001,
    );
  });

  it('have a rate for each interface and reason', () => {
    const { told, report } = open();
    for (let index = 0; index < 100; index += 1) report('eth0', address(`10.0.0.${index}`), 'ttl', 'vip');
    report('eth0', address('10.0.0.7'), 'checksum', 'vip');
    report('eth1', address('10.0.0.7'), 'ttl', 'vip');
    assert.deepEqual(
      told.slice(8).map(({ interface: name, reason }) => [name, reason]),
      [
        ['eth0', 'checksum'],
        ['eth1', 'ttl'],
      ],
    );
  });
});
