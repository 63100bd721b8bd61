// A virtual router as a configuration makes it, for tests that need one and care for a few of its keys.

import { milliseconds } from '../../base/units.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import { ip } from '../../net/ip-address.ts';

/** With the defaults of the configuration, but without announcements that come again. */
export const routerConfig = (change: Partial<RouterConfig> = {}): RouterConfig => ({
  name: 'vip',
  interface: 'eth0',
  family: 'ipv4',
  peers: [],
  multicast: true,
  checkSource: true,
  minTtl: 255,
  addressMismatch: 'accept',
  version: 3,
  virtualRouterId: 51,
  priority: 100,
  advertisementInterval: milliseconds(1000),
  downAfter: 3,
  preempt: true,
  preemptDelay: milliseconds(0),
  startDelay: milliseconds(0),
  track: [],
  checksum: 'rfc5798',
  addresses: [{ address: ip('10.0.0.100'), prefixLength: 32 }],
  excluded: [],
  accept: true,
  routes: [],
  rules: [],
  lease: true,
  announceEvery: milliseconds(0),
  ...change,
});
