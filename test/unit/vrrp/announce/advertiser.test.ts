// A router's advertisements: encoded once as long as they stay the same.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../../base/units.ts';
import type { RouterConfig } from '../../../../config/model/model.ts';
import { ip } from '../../../../net/ip-address.ts';
import { createAdvertiser } from '../../../../vrrp/announce/advertiser.ts';
import { createRouter } from '../../../../vrrp/router.ts';
import { routerConfig } from '../../router-config.ts';
import { at } from '../one-router.ts';

const open = (change: Partial<RouterConfig> = {}) => {
  const config = routerConfig(change);
  const router = createRouter(config, '', { now: at(0), wall: 0 });
  const sent: Uint8Array[] = [];
  let source = ip('10.0.0.1');
  const wire = { send: (payload: Uint8Array) => void sent.push(payload), close: () => undefined };
  const link = { name: 'eth0', index: 2, mac: '52:54:00:12:34:56', up: true };
  const advertise = createAdvertiser(
    { wall: () => 1_763_888_888_000 },
    () => ({ link, source, wire }),
    () => undefined,
  );
  return {
    sent,
    advertise: (priority: number) => advertise(router, priority),
    sign: () => {
      router.keys = [{ id: 7, secret: Buffer.alloc(32, 7) }];
    },
    move: () => {
      source = ip('10.0.0.9');
    },
  };
};

describe('an advertiser', () => {
  it('encodes an advertisement once, until its priority or source changes', () => {
    const { sent, advertise, move } = open({ checksum: 'rfc5798' });
    for (const priority of [100, 100, 100, 0, 100]) advertise(priority);
    move();
    advertise(100);
    const [first] = sent;
    assert.deepEqual(
      sent.map((payload) => payload === first),
      [true, true, true, false, false, false],
    );
    assert.deepEqual(
      sent.map((payload) => payload[2]),
      [100, 100, 100, 0, 100, 100],
    );
    // The checksum covers the source.
    assert.notDeepEqual(sent[5], first);
  });

  it('sends to each destination its own', () => {
    const { sent, advertise } = open({ peers: [ip('10.0.0.2'), ip('10.0.0.3')], checksum: 'rfc5798' });
    advertise(100);
    advertise(100);
    const half = sent.length / 2;
    assert.equal(new Set(sent.slice(0, half)).size, half);
    assert.deepEqual(
      sent.slice(half).map((payload, index) => payload === sent[index]),
      sent.slice(half).map(() => true),
    );
  });

  it('signs each one anew', () => {
    const authentication = { type: 'hmac', keyFile: '/k', window: milliseconds(5000), mode: 'enforce' } as const;
    const { sent, advertise, sign } = open({ authentication });
    sign();
    advertise(100);
    advertise(100);
    assert.notDeepEqual(sent[0], sent[1]);
  });
});
