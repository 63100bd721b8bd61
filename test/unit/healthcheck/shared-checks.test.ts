// Targets that share their checks.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../base/units.ts';
import type { Target } from '../../../healthcheck/messages.ts';
import { shareChecks } from '../../../healthcheck/shared-checks.ts';
import { ip } from '../../../net/ip-address.ts';

const target = (host: string, name: string, rise = 2): Target => ({
  id: `${host}:80/tcp/${name}`,
  endpoint: { address: ip(host), port: 80 },
  check: { type: 'tcp', interval: milliseconds(1000), timeout: milliseconds(500), rise, fall: 2 },
});

describe('targets', () => {
  it('of servers with two checks each share two objects', () => {
    const targets = ['10.0.0.1', '2001:db8::1', '10.0.0.2'].flatMap((host) => [
      target(host, 'a'),
      target(host, 'b', 3),
    ]);
    const shared = shareChecks(targets);
    assert.deepEqual(shared, targets);
    assert.equal(new Set(shared.map(({ check }) => check)).size, 2);
  });
  it('share no check that differs, whatever it is called', () => {
    const targets = [target('10.0.0.1', 'a'), target('10.0.0.2', 'a', 3)];
    assert.deepEqual(shareChecks(targets), targets);
  });
});
