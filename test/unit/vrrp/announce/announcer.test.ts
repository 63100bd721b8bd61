// The announcer: what it sends, at which rate, and what it must not send any more.

import assert from 'node:assert/strict';
import sinon from 'sinon';
import type { Instant } from '../../../../base/units.ts';
import type { RouterConfig } from '../../../../config/model/model.ts';
import { createAnnouncer } from '../../../../vrrp/announce/announcer.ts';
import type { Ports } from '../../../../vrrp/ports.ts';

const routers = Array.from(
  { length: 255 },
  (_, index) =>
    ({
      name: `r${index}`,
      interface: 'eth0',
      excluded: [],
      addresses: [{ address: `10.0.0.${index}`, prefixLength: 32 }],
    }) as unknown as RouterConfig,
);

describe('an announcer', () => {
  it('says where an address is on the interface that has it, excluded or not', () => {
    const frames: string[] = [];
    const router = {
      name: 'vip',
      interface: 'eth0',
      addresses: [
        { address: '10.0.0.1', prefixLength: 32 },
        { address: '10.1.0.1', prefixLength: 32, interface: 'eth1' },
      ],
      excluded: [
        { address: '10.0.0.2', prefixLength: 32 },
        { address: 'fd00::1', prefixLength: 128, interface: 'eth1' },
      ],
    } as unknown as RouterConfig;
    const announcer = createAnnouncer(
      { routers: [router], announceRate: 100 },
      {
        clock: () => 0 as Instant,
        interfaces: () =>
          [0, 1].map((index) => ({ name: `eth${index}`, index, mac: `52:54:00:00:00:0${index}`, up: true })),
        addresses: { list: () => [] },
        prepareAnnouncements: () => undefined,
        announce: (list) => {
          frames.push(...list.map(({ interfaceIndex, mac, address }) => `${interfaceIndex} ${mac} ${address}`));
          return [];
        },
      },
      () => undefined,
    );
    announcer.learnNetwork();
    announcer.announce([router], 'became master', true);
    assert.deepEqual(frames, [
      '0 52:54:00:00:00:00 10.0.0.1',
      '0 52:54:00:00:00:00 10.0.0.2',
      '1 52:54:00:00:00:01 10.1.0.1',
      '1 52:54:00:00:00:01 fd00::1',
    ]);
  });
});

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
        addresses: { list: () => [] },
        prepareAnnouncements: () => undefined,
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
