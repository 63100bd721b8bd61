// The announcer: what it sends, at which rate, and what it must not send any more.

import assert from 'node:assert/strict';
import sinon from 'sinon';
import type { RouterConfig } from '../../../config/model.ts';
import type { Instant } from '../../../config/units.ts';
import { createAnnouncer } from '../../../vrrp/announcer.ts';
import type { Ports } from '../../../vrrp/ports.ts';

const routers = Array.from(
  { length: 255 },
  (_, index) =>
    ({
      name: `r${index}`,
      interface: 'eth0',
      addresses: [{ address: `10.0.0.${index}`, prefixLength: 32 }],
    }) as unknown as RouterConfig,
);

describe('an announcer of 255 routers on one interface', () => {
  let now = 0;
  const sent = sinon.stub<Parameters<Ports['announce']>, ReturnType<Ports['announce']>>().returns([]);
  const emit = sinon.spy();
  const open = () => {
    const announcer = createAnnouncer(
      { routers, announceRate: 100 },
      {
        clock: () => now as Instant,
        interfaces: () => [{ name: 'eth0', index: 2, mac: '52:54:00:12:34:56', up: true }],
        addresses: { list: () => [], prepare: () => undefined, apply: () => [] },
        announce: sent,
      },
      emit,
    );
    announcer.learnNetwork();
    return announcer;
  };
  const frames = (): number => sent.args.reduce((sum, [list]) => sum + list.length, 0);
  beforeEach(() => {
    now = 0;
    sent.resetHistory();
    emit.resetHistory();
  });

  it('sends a takeover at once as far as the rate allows, and the rest on time', () => {
    const announcer = open();
    announcer.announce(routers, 'became master', true);
    assert.equal(frames(), 200);
    assert.equal(emit.firstCall.args[0].waiting, 55);
    for (let next = announcer.nextRelease(); next !== undefined; next = announcer.nextRelease()) {
      now = Math.ceil(next + 1e-9);
      announcer.flush();
    }
    assert.equal(frames(), 255);
    assert.ok(now >= 550 && now <= 560, `${now} ms`);
  });

  it('does not flood in a storm of lower advertisements', () => {
    const announcer = open();
    for (; now < 10_000; now += 100) announcer.announce(routers, 'as planned', false);
    assert.ok(frames() <= 1200, `${frames()} frames in 10 s`);
  });

  it('does not announce for a router that is master no longer', () => {
    const announcer = open();
    announcer.announce(routers, 'became master', true);
    for (const router of routers) announcer.withdraw(router);
    now = 10_000;
    announcer.flush();
    assert.deepEqual([frames(), announcer.nextRelease()], [200, undefined]);
  });
});
