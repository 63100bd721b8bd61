// What an operator is told of a configuration although it runs.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../base/units.ts';
import type { RouterConfig } from '../../../config/model/model.ts';
import { ip } from '../../../net/ip-address.ts';
import { cautionsOf } from '../../../vrrp/cautions.ts';
import { config, ipv6, self } from './one-router.ts';

const own = { interface: 'eth0', address: ip('10.0.0.1'), prefixLength: 24 };
const own6 = { interface: 'eth0', address: ip('fd00::1'), prefixLength: 64 };

const cautions = (change: Partial<RouterConfig> = {}, present = [own], hasWeights = false): string[] =>
  cautionsOf({ ...config, ...change }, self, hasWeights, present);
const elsewhere = [{ address: ip('10.9.9.9'), prefixLength: 32 }];

describe('the cautions of a router', () => {
  const none: [what: string, change: Partial<RouterConfig>, present?: (typeof own)[]][] = [
    ['an address in the subnet of its interface', {}],
    ['an address in the subnet of another interface', { interface: 'eth1' }, [own, { ...own, interface: 'eth1' }]],
    ['an address that brings its subnet with it', { addresses: [{ address: ip('10.9.9.9'), prefixLength: 24 }] }],
    ['an interface that has no address yet', { addresses: elsewhere }, []],
    ['addresses of IPv6, one of them link-local', ipv6, [own6]],
  ];
  for (const [what, change, present] of none)
    it(`are none of ${what}`, () => assert.deepEqual(cautions(change, present), []));

  it('name an address outside of every connected subnet', () =>
    assert.deepEqual(cautions({ addresses: elsewhere }), [
      '10.9.9.9 is outside every connected subnet: neighbours reach it only by a route to the master',
    ]));
  it('take no host address for a subnet, nor the address itself', () => {
    const present = [own, { ...own, address: ip('10.9.9.9'), prefixLength: 32 }];
    assert.match(cautions({ addresses: elsewhere }, present).join(), /^10\.9\.9\.9 is outside/);
  });
  it('name several, an excluded one too', () =>
    assert.match(
      cautions({ addresses: elsewhere, excluded: [{ address: ip('10.8.8.8'), prefixLength: 32 }] }).join(),
      /^10\.9\.9\.9, 10\.8\.8\.8 are outside/,
    ));
  it('name leases that outlive a master', () =>
    assert.match(
      cautions({ advertisementInterval: milliseconds(100) }).join(),
      /may stay \d+ ms beside those of the next master/,
    ));
  it('name addresses of IPv6 without a link-local one', () =>
    assert.match(
      cautions({ ...ipv6, addresses: [{ address: ip('fd00::100'), prefixLength: 128 }] }, [own6]).join(),
      /none of its addresses is link-local/,
    ));
  it('name weights that move nothing', () =>
    assert.match(cautions({ preempt: false }, [own], true).join(), /weights have no effect/));
});
