// All parsers that hear the network, a script, a peer or a file, by the names that `npm run fuzz` knows.

import { grpc, http, smtp, weight } from './answers.ts';
import { channel, configuration, control, keepalived, peer, records } from './documents.ts';
import { arp, bfd, dns, icmp, trailer, vrrp } from './packets.ts';
import type { Target } from './target.ts';

export const targets: Readonly<Record<string, Target>> = {
  vrrp,
  trailer,
  arp,
  icmp,
  bfd,
  dns,
  http,
  smtp,
  grpc,
  weight,
  peer,
  channel,
  control,
  records,
  configuration,
  keepalived,
};
