// One virtual router as tests of its rules see it: its configuration, the packets of a peer, and the states that it may be in.

import { type Instant, milliseconds } from '../../../base/units.ts';
import type { RouterConfig } from '../../../config/model/model.ts';
import { ip } from '../../../net/ip-address.ts';
import type { Self } from '../../../vrrp/election/parameters.ts';
import type { RouterEvent, RouterState } from '../../../vrrp/election/router-state.ts';
import type { DropReason } from '../../../vrrp/protocol/drop-reason.ts';
import type { PacketHeader } from '../../../vrrp/protocol/packet.ts';
import { judgePacket } from '../../../vrrp/protocol/reception.ts';
import { encodeFrom } from '../../../vrrp/router.ts';
import { routerConfig } from '../router-config.ts';

export const at = (value: number): Instant => value as Instant;
const second = milliseconds(1000);

export const config = routerConfig({ priority: 128, checksum: 'rfc9568' });
export const ipv6: Partial<RouterConfig> = {
  family: 'ipv6',
  addresses: [
    { address: ip('fd00::100'), prefixLength: 128 },
    { address: ip('fe80::100'), prefixLength: 64 },
  ],
};
export const group: PacketHeader = { source: ip('10.0.0.2'), destination: ip('224.0.0.18'), ttl: 255 };
export const group6: PacketHeader = { source: ip('fe80::2'), destination: ip('ff02::12'), ttl: 255 };

/** What the router sends, as a peer of it does that is configured alike. */
export const sent = (change: Partial<RouterConfig> = {}, header: PacketHeader = group, priority = 150): Uint8Array =>
  encodeFrom({ ...config, ...change }, header, priority);

/** What the router makes of a packet. */
export const judged = (
  bytes: Uint8Array,
  own: Partial<RouterConfig> = {},
  header: PacketHeader = group,
): DropReason | 'counts' => {
  const judgement = judgePacket({ config: { ...config, ...own }, keys: [], marks: new Map() }, bytes, header, 0);
  return judgement.ok ? 'counts' : judgement.reason;
};

/** Skew time 500 ms, master down interval 3500 ms. */
export const self: Self = {
  version: 3,
  priority: 128,
  interval: second,
  downAfter: 3,
  preempt: true,
  primaryAddress: ip('10.0.0.2'),
};
export const owner: Self = { ...self, priority: 255 };

export const heard = (priority: number, source = ip('10.0.0.1'), interval = 1000): RouterEvent => ({
  type: 'advertisement',
  source,
  priority,
  interval: milliseconds(interval),
});

export const backup: RouterState = { name: 'backup', deadline: at(3500), masterInterval: second };
export const master: RouterState = { name: 'master', deadline: at(1000), lastSent: at(0) };
