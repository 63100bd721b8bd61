// Changes of the IPVS table in words.

import assert from 'node:assert/strict';
import { describeChange } from '../../../../controller/ipvs/change-text.ts';
import type { DestinationEntry, ServiceEntry } from '../../../../kernel/ipvs/entries.ts';
import type { IpvsChange } from '../../../../kernel/ipvs/table.ts';
import { ip } from '../../../../net/ip-address.ts';

const web: ServiceEntry = { protocol: 'tcp', address: ip('10.0.0.1'), port: 80, scheduler: 'wrr' };
const rs0: DestinationEntry = { service: web, address: ip('10.1.0.1'), port: 80, forwarding: 'masq', weight: 100 };
const service = (from: Partial<ServiceEntry>, to: Partial<ServiceEntry>): IpvsChange => ({
  type: 'update',
  from: { ...web, ...from } as ServiceEntry,
  entry: { ...web, ...to } as ServiceEntry,
});
const server = (from: Partial<DestinationEntry>, to: Partial<DestinationEntry>): IpvsChange => ({
  type: 'update',
  from: { ...rs0, ...from },
  entry: { ...rs0, ...to },
});
const gue = { type: 'gue', port: 6080, checksum: 'none' } as const;

describe('a change of the IPVS table', () => {
  for (const [change, expected] of [
    [{ type: 'add', entry: web }, 'service tcp 10.0.0.1:80 added (wrr)'],
    [{ type: 'remove', entry: web }, 'service tcp 10.0.0.1:80 removed'],
    [{ type: 'add', entry: rs0 }, 'tcp 10.0.0.1:80 -> 10.1.0.1:80 added with weight 100'],
    [{ type: 'remove', entry: rs0 }, 'tcp 10.0.0.1:80 -> 10.1.0.1:80 removed'],
    [service({ scheduler: 'rr' }, {}), 'service tcp 10.0.0.1:80 scheduler rr -> wrr'],
    [
      service({ fallback: true }, { fallback: true, hashPort: true }),
      'service tcp 10.0.0.1:80 scheduler flags fallback -> fallback and port',
    ],
    [service({ onePacket: true }, {}), 'service tcp 10.0.0.1:80 one packet on -> off'],
    [
      service({}, { persistence: { timeout: 300, prefixLength: 24, engine: 'sip' } }),
      'service tcp 10.0.0.1:80 persistence off -> 300 s /24 sip',
    ],
    [server({ weight: 0 }, {}), 'tcp 10.0.0.1:80 -> 10.1.0.1:80 weight 0 -> 100'],
    [
      server({ weight: 0, forwarding: 'direct' }, {}),
      'tcp 10.0.0.1:80 -> 10.1.0.1:80 weight 0 -> 100, forwarding direct -> masq',
    ],
    [
      server({}, { upperThreshold: 9, lowerThreshold: 5 }),
      'tcp 10.0.0.1:80 -> 10.1.0.1:80 most connections 0 -> 9, connections to resume at 0 -> 5',
    ],
    [
      server({ forwarding: 'tunnel' }, { forwarding: 'tunnel', tunnel: gue }),
      'tcp 10.0.0.1:80 -> 10.1.0.1:80 tunnel ipip -> gue port 6080 checksum none',
    ],
  ] as [IpvsChange, string][])
    it(expected, () => assert.equal(describeChange(change), expected));
});
