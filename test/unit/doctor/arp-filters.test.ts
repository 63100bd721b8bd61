// Which chains of nftables may drop the ARP of an interface.

import assert from 'node:assert/strict';
import { arpDroppers } from '../../../doctor/arp-filters.ts';

const chain = (family: string, more: object = {}) => ({
  chain: { family, table: 't', name: 'c', type: 'filter', hook: 'input', policy: 'accept', ...more },
});
const rule = (family: string, ...expr: object[]) => ({ rule: { family, table: 't', chain: 'c', expr } });
const drop = { drop: null };
const accept = { accept: null };
const ether = (right: string) => ({
  match: { op: '==', left: { payload: { protocol: 'ether', field: 'type' } }, right },
});
const arpTo = { match: { op: '==', left: { payload: { protocol: 'arp', field: 'daddr ip' } }, right: '10.0.0.1' } };
const fromMac = { match: { op: '==', left: { payload: { protocol: 'ether', field: 'saddr' } }, right: '02::1' } };
const ipTo = { match: { op: '==', left: { payload: { protocol: 'ip', field: 'daddr' } }, right: '10.0.0.1' } };
const udp = { match: { op: '==', left: { meta: { key: 'l4proto' } }, right: 'udp' } };
const marked = { match: { op: '==', left: { meta: { key: 'protocol' } }, right: 'ip' } };

describe('chains that may drop ARP', () => {
  const rows: [name: string, drops: boolean, listing: object[], isBridge?: boolean][] = [
    ['none', false, []],
    ['a policy', true, [chain('arp', { policy: 'drop' })]],
    ['a policy behind a rule that accepts all', false, [chain('arp', { policy: 'drop' }), rule('arp', accept)]],
    ['a policy behind a rule that accepts some', true, [chain('arp', { policy: 'drop' }), rule('arp', arpTo, accept)]],
    ['a rule for some addresses', true, [chain('arp'), rule('arp', arpTo, drop)]],
    ['a rule behind another, which accepts all', false, [chain('arp'), rule('arp', accept), rule('arp', drop)]],
    ['a chain without a hook', false, [chain('arp', { hook: undefined, policy: 'drop' })]],
    ['rules for IPv4 alone', false, [chain('arp'), chain('inet', { policy: 'drop' }), rule('inet', ipTo, drop)]],
    ['what comes in', true, [chain('netdev', { dev: 'eth0' }), rule('netdev', ether('arp'), drop)]],
    ['what comes in from a MAC', true, [chain('netdev', { dev: ['eth0', 'eth1'] }), rule('netdev', fromMac, drop)]],
    ['what comes in elsewhere', false, [chain('netdev', { dev: 'eth1' }), rule('netdev', drop)]],
    ['what comes in, of an nft that does not say where', true, [chain('netdev'), rule('netdev', drop)]],
    [
      'what comes in of other protocols',
      false,
      [chain('netdev', { dev: 'eth0' }), ...[ether('ip'), ipTo, udp, marked].map((one) => rule('netdev', one, drop))],
    ],
    ['ARP accepted first', false, [chain('netdev', { policy: 'drop' }), rule('netdev', ether('arp'), accept)]],
    ['a bridge that is another interface', false, [chain('bridge', { policy: 'drop' })]],
    ['the bridge itself', true, [chain('bridge', { policy: 'drop' })], true],
  ];
  for (const [name, drops, nftables, isBridge = false] of rows)
    it(`${drops ? 'are found' : 'are none'}: ${name}`, () =>
      assert.equal(arpDroppers(JSON.stringify({ nftables }), 'eth0', isBridge).length, Number(drops)));
});
