// The pace of status: how many routers' status crosses the socket in a minute.

import assert from 'node:assert/strict';
import { isStatusDue } from '../../../vrrp/status-pace.ts';

const toldInAMinute = (routers: number): number =>
  Array.from({ length: 60 }, (_, tick) => isStatusDue(tick, routers)).filter(Boolean).length * routers;

describe('the status of routers', () => {
  it('is told every second while there are few', () => {
    for (const routers of [1, 12, 64]) assert.equal(toldInAMinute(routers), 60 * routers);
  });

  it('costs no more when there are many, and is never older than it takes to tell 64 a second', () => {
    for (const routers of [65, 128, 255, 1000]) assert.ok(toldInAMinute(routers) <= 64 * 64, `${routers}`);
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((tick) => isStatusDue(tick, 255)),
      [true, false, false, false, true],
    );
  });

  it('is told where there is none', () => assert.equal(isStatusDue(1, 0), true));
});
