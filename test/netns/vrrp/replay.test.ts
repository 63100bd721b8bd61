// Signed packets in keepalived's form on a cable: what was recorded and is sent again is dropped by name, within the window and
// after it, by the old key as by the new one.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type IpAddress, ip } from '../../../net/ip-address.ts';
import { type Key, nextSequence, type Sequence, sealMessage } from '../../../vrrp/protocol/trailer.ts';
import { sendFromAfar } from '../far-sender.ts';
import { until } from '../namespaces.ts';
import { statusWhen } from './director-status.ts';
import { closeHosts, type Host, openHosts, startDirector } from './hosts.ts';

// As a running keepalived 2.4.3 sent it to the group: virtual router 1, priority 100, 192.168.55.101, by the older key.
const path = { source: ip('192.168.55.12'), destination: ip('224.0.0.18') } as const;
const recorded = Buffer.from('3101640100649a47c0a83765010100006b06a369073a0000b6f9042793bce62677617df4b172542c', 'hex');
const message = recorded.subarray(0, -28);
const older: Key = { id: 1, secret: Buffer.from('a'.repeat(40)) };
const newer: Key = { id: 2, secret: Buffer.from('b'.repeat(64)) };
const lineOf = ({ id, secret }: Key): string => `${id} ${Buffer.from(secret).toString()}\n`;
/** In seconds. */
const window = 2;

describe('a recorded packet that is sent again', function () {
  this.timeout(60_000);
  let director: Host;
  let sender: Host;
  let last: Sequence | undefined;
  const keyFile = (): string => join(director.directory, 'vrrp.keys');
  const send = (packet: Uint8Array): Uint8Array => {
    sendFromAfar(sender.namespace, 'enp0s9', 255, Buffer.from(packet), path);
    return packet;
  };
  const seal = (key: Key, sequence: Sequence, source: IpAddress = path.source): Uint8Array =>
    Buffer.concat([message, sealMessage(message, source, key, sequence)]);
  /** As keepalived would make it now. */
  const make = (key: Key): Uint8Array => {
    last = nextSequence(last, Date.now(), window);
    return seal(key, last);
  };
  /** What counted, and what was dropped. */
  const counts = async (received: number, dropped: Readonly<Record<string, number>>): Promise<void> => {
    const total = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    const { routers } = await statusWhen(director, ({ routers: [one] }) => {
      const found = Object.values(one?.dropped ?? {}).reduce((sum, count) => sum + count, 0);
      return one?.received === received && found === total;
    });
    assert.deepEqual([routers[0]?.received, routers[0]?.dropped], [received, dropped]);
  };
  const writeKeys = async (...keys: readonly Key[]): Promise<void> => {
    const count = (): number => director.log().split('"type":"keys"').length;
    const before = count();
    writeFileSync(keyFile(), keys.map(lineOf).join(''), { mode: 0o600 });
    await until('the keys are read', () => count() > before);
  };

  before(async () => {
    [director, sender] = openHosts();
    writeFileSync(keyFile(), lineOf(older), { mode: 0o600 });
    startDirector(director, 50, {
      virtual_router_id: 1,
      addresses: ['192.168.55.101/32'],
      authentication: { type: 'hmac', key_file: keyFile(), window: `${window}s` },
    });
    await until('it listens', () => director.log().includes('initialize -> backup'));
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) console.error(director.log());
    await closeHosts();
  });

  it('is dropped by name', async () => {
    const first = send(make(older));
    const sentAt = Date.now();
    // Again within the window; then one that was overtaken on its way, the very packet of that day, and one by an unknown key.
    send(first);
    send(seal(older, (last ?? 0n) - 1n));
    send(recorded);
    send(make(newer));
    const before = { 'authentication-replayed': 2, 'authentication-stale': 1, 'authentication-key': 1 };
    await counts(1, before);

    // While keys are exchanged both count, each once.
    await writeKeys(newer, older);
    const signed = [newer, older].map((key) => send(make(key)));
    for (const packet of signed) send(packet);
    await counts(3, { ...before, 'authentication-replayed': 4 });

    // The old key is gone, and a recorder has waited until nobody remembers the packet; the last is another sender's.
    await writeKeys(newer);
    await until('the window is over', () => Date.now() - sentAt > (window + 1) * 1000);
    send(make(older));
    send(first);
    send(make(newer));
    send(seal(newer, nextSequence(last, Date.now(), window), ip('192.168.55.13')));
    await counts(4, {
      'authentication-replayed': 4,
      'authentication-stale': 2,
      'authentication-key': 2,
      'authentication-failed': 1,
    });
  });
});
