// RFC 3768, where version 2 differs from version 3, rule by rule; and of RFC 2338 the password, which 3768 took away and everybody kept.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../base/units.ts';
import type { RouterConfig } from '../../../config/model/model.ts';
import { internetChecksum } from '../../../net/checksum.ts';
import { ip } from '../../../net/ip-address.ts';
import { step } from '../../../vrrp/election/election.ts';
import { masterDownInterval, skewTime } from '../../../vrrp/election/parameters.ts';
import { deadlineOf } from '../../../vrrp/election/router-state.ts';
import { at, backup, group, heard, ipv6, judged, self, sent } from './one-router.ts';

const version2: Partial<RouterConfig> = { version: 2 };
const own = { ...self, version: 2 as const };
const hears = (bytes: Uint8Array, change: Partial<RouterConfig> = {}) => judged(bytes, { ...version2, ...change });
const password = (text: string): Partial<RouterConfig> => ({
  ...version2,
  authentication: { type: 'password', password: text },
});

const rules: Readonly<Record<string, () => void>> = {
  '5.3.1, 7.1: it carries version 2, and version 3 is discarded': () => {
    assert.equal(sent(version2)[0], 0x21);
    assert.equal(hears(sent()), 'version');
    assert.equal(hears(sent(version2)), 'counts');
  },
  '5.3.5: its addresses are of IPv4 alone': () => {
    const bytes = sent({ ...version2, ...ipv6 }, { ...group, source: ip('fe80::2'), destination: ip('ff02::12') });
    const path = { source: ip('fe80::2'), destination: ip('ff02::12'), ttl: 255 };
    assert.equal(judged(bytes, { ...version2, ...ipv6 }, path), 'version');
  },
  '5.3.6: without a password the type of authentication is 0, and another is discarded': () => {
    assert.equal(sent(version2)[4], 0);
    assert.equal(hears(sent(password('secret'))), 'authentication-type');
  },
  '5.3.7: the interval is in whole seconds': () => {
    const view = (interval: number) => sent({ ...version2, advertisementInterval: milliseconds(interval) })[5];
    assert.deepEqual([1000, 255_000].map(view), [1, 255]);
  },
  '5.3.8: the checksum covers the message alone': () => {
    assert.equal(internetChecksum(sent(version2)), 0);
    assert.equal(judged(sent(version2), version2, { ...group, source: ip('10.0.0.9') }), 'counts');
  },
  '5.3.10: eight bytes of authentication follow, zeros that are ignored': () => {
    const bytes = sent(version2);
    assert.deepEqual([...bytes.subarray(-8)], Array(8).fill(0));
    const filled = Uint8Array.from(bytes);
    filled.set([1, 2, 3, 4, 5, 6, 7, 8], bytes.length - 8);
    filled.set([0, 0], 6);
    new DataView(filled.buffer).setUint16(6, internetChecksum(filled));
    assert.equal(hears(filled), 'counts');
  },
  '5.3.10: a packet without them is not complete': () =>
    assert.equal(hears(sent(version2).subarray(0, -1)), 'truncated'),
  '6.1: skew time is (256 - priority) / 256 of a second, whatever the interval': () =>
    assert.deepEqual([skewTime(own, milliseconds(1000)), skewTime(own, milliseconds(4000))], [500, 500]),
  '6.1: the master down interval is three intervals and the skew time': () =>
    assert.equal(masterDownInterval(own, milliseconds(2000)), 6500),
  '6.4.2: a backup counts with its own interval': () =>
    assert.equal(deadlineOf(step(own, backup, heard(200, ip('10.0.0.1'), 4000), at(100))[0]), 3600),
  '7.1: with a TTL other than 255 it is discarded': () =>
    assert.equal(judged(sent(version2), version2, { ...group, ttl: 254 }), 'ttl'),
  '7.1: with another interval than ours it is discarded': () =>
    assert.equal(hears(sent({ ...version2, advertisementInterval: milliseconds(2000) })), 'interval'),
  '7.1: the owner discards it': () => assert.equal(hears(sent(version2), { priority: 255 }), 'owner'),
  '7.1: other addresses are told, and discarded only where that is configured': () => {
    const other = sent({ ...version2, addresses: [{ address: ip('10.0.0.101'), prefixLength: 32 }] });
    assert.deepEqual([hears(other), hears(other, { addressMismatch: 'drop' })], ['counts', 'address-list']);
  },
  '7.2: every field is filled in': () =>
    assert.equal(Buffer.from(sent(version2)).toString('hex'), `21339601${'0001'}${'3e66'}0a000064${'00'.repeat(8)}`),
  'RFC 2338 5.3.6: a password is type 1, and another one is discarded': () => {
    const bytes = sent(password('secret'));
    assert.equal(bytes[4], 1);
    assert.equal(Buffer.from(bytes.subarray(-8)).toString(), 'secret\0\0');
    assert.equal(judged(bytes, password('secret')), 'counts');
    assert.equal(judged(bytes, password('other')), 'authentication-password');
    assert.equal(judged(sent(version2), password('secret')), 'authentication-type');
  },
  'RFC 2338 5.3.10: eight bytes of a password count, no more': () =>
    assert.equal(judged(sent(password('12345678')), password('12345678')), 'counts'),
};

describe('RFC 3768, where version 2 is another', () => {
  for (const [rule, holds] of Object.entries(rules)) it(rule, holds);
});
