// What is heard again with the same bytes is recognised, not judged again; whatever differs is judged.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../../base/units.ts';
import type { RouterConfig } from '../../../../config/model/model.ts';
import { ip } from '../../../../net/ip-address.ts';
import { createHearing, type Hear, type Heard } from '../../../../vrrp/protocol/hearing.ts';
import type { PacketHeader } from '../../../../vrrp/protocol/packet.ts';
import { createStrays } from '../../../../vrrp/protocol/strays.ts';
import { createRouter } from '../../../../vrrp/router.ts';
import { at, config, group, sent } from '../one-router.ts';

const place = { interface: config.interface, family: config.family };

const open = (change: Partial<RouterConfig> = {}) => {
  const own = { ...config, ...change };
  const router = createRouter(own, '', { now: at(0), wall: 0 });
  const told: string[] = [];
  let judged = 0;
  const note = (heard: Heard): void =>
    void told.push(`${heard.source} ${heard.type === 'dropped' ? heard.reason : heard.advertisement.priority}`);
  const receive: Hear = createHearing({
    routers: new Map([[own.name, router]]),
    ports: {
      clock: () => at(0),
      // Asked for with each judgement.
      wall: () => {
        judged += 1;
        return 0;
      },
    },
    strays: createStrays(0),
    emit: () => undefined,
    take: (heard) => heard.forEach(note),
  });
  return {
    router,
    told,
    hear: (bytes: Uint8Array, header: PacketHeader = group) =>
      receive({
        place,
        ownSources: new Set([ip('10.0.0.1')]),
        interfaceIndex: 2,
        packets: [{ ...header, payload: Buffer.from(bytes) }],
      }),
    /** How many were judged since the last call. */
    judged: () => {
      const count = judged;
      judged = 0;
      return count;
    },
  };
};

describe('an advertisement that is equal to the last of its source', () => {
  it('is heard without being judged again', () => {
    const { router, told, hear, judged } = open();
    for (let count = 0; count < 5; count += 1) hear(sent());
    assert.equal(judged(), 1);
    assert.deepEqual(
      told,
      Array.from({ length: 5 }, () => '10.0.0.2 150'),
    );
    assert.equal(router.received, 5);
  });

  it('is judged if anything of it differs', () => {
    const { told, hear, judged } = open();
    hear(sent());
    const damaged = Buffer.from(sent());
    damaged[6] = (damaged[6] ?? 0) ^ 1;
    hear(damaged);
    hear(sent(), { ...group, ttl: 254 });
    hear(sent({}, group, 160));
    hear(sent({}, { ...group, source: ip('10.0.0.3') }), { ...group, source: ip('10.0.0.3') });
    assert.ok(judged() >= 5);
    assert.deepEqual(told, ['10.0.0.2 150', '10.0.0.2 checksum', '10.0.0.2 ttl', '10.0.0.2 160', '10.0.0.3 150']);
  });

  it('is judged if the first was dropped, was a farewell, or differs from the configuration', () => {
    const others = { addresses: [{ address: ip('10.0.0.101'), prefixLength: 32 }] };
    for (const bytes of [sent({}, group, 0), sent(others), sent({ advertisementInterval: milliseconds(2000) })]) {
      const { hear, judged } = open();
      hear(bytes);
      const once = judged();
      hear(bytes);
      assert.equal(judged(), once);
    }
  });

  it('is a replay where packets are signed', () => {
    const authentication = { type: 'hmac', keyFile: '/k', window: milliseconds(5000), mode: 'permissive' } as const;
    const { hear, judged } = open({ authentication });
    hear(sent());
    hear(sent());
    assert.ok(judged() >= 2);
  });

  it('is dropped if this host has its source by now', () => {
    const own = { ...group, source: ip('10.0.0.1') };
    const { told, hear } = open();
    hear(sent({}, own), own);
    assert.deepEqual(told, []);
  });
});
