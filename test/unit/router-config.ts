// A virtual router as a configuration makes it, for tests that need one and care for a few of its keys.

import assert from 'node:assert/strict';
import type { RouterConfig } from '../../config/model/model.ts';
import { configOf } from './config/source/texts.ts';

const [router = assert.fail()] = configOf(`director: d
vrrp:
  routers:
    - name: vip
      interface: eth0
      virtual_router_id: 51
      addresses: [10.0.0.100]
      address_mismatch: accept
      announce_every: 0s
`).vrrp.routers;

/** With the defaults of the configuration, but without announcements that come again. */
export const routerConfig = (change: Partial<RouterConfig> = {}): RouterConfig => ({ ...router, ...change });
