// Thousands of probes a second on a host that rules twelve routers: every target is asked, and no advertisement is later for it.

import assert from 'node:assert/strict';
import { advertisementInterval, measureProbesBesideVrrp } from '../../bench/probes-beside-vrrp.ts';
import { extent } from './extent.ts';

const count = extent(10_000, 1000);
const seconds = extent(60, 2);

describe('probes beside the routers of a host', () => {
  it(`${count} a second are made, and keep no advertisement waiting`, async () => {
    const { seen, failed, faults, silences, allUpAfter, gapsWithout, gapsWith } = await measureProbesBesideVrrp(
      count,
      seconds,
      'tcp',
      extent(6, 2),
    );
    assert.deepEqual({ faults, silences, failed }, { faults: [], silences: 0, failed: 0 });
    assert.notEqual(allUpAfter, undefined);
    assert.equal(seen.addresses, count);
    const later = gapsWith.p99 - gapsWithout.p99;
    assert.ok(later < advertisementInterval / 10, `99 of 100 gaps ${later} ms longer than without probes`);
    // A peer elects itself after three intervals.
    assert.ok(gapsWith.p99 < 1.5 * advertisementInterval, `99 of 100 gaps within ${gapsWith.p99} ms`);
    assert.ok(gapsWith.worst < 3 * advertisementInterval, `worst gap ${gapsWith.worst} ms`);
  });
});
