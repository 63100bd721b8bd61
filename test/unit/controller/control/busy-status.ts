// A director in the middle of its work: a master that sees a rival, and a service with a server that is down.

import { milliseconds } from '../../../../base/units.ts';
import type { Traffic } from '../../../../controller/control/server-metrics.ts';
import type { Status } from '../../../../controller/control/status.ts';
import { ip } from '../../../../net/ip-address.ts';

export const busyStatus = (): Status => ({
  format: 1,
  version: '0.1.0',
  director: 'lb0',
  cluster: 'pair',
  startedAt: 0,
  uptime: milliseconds(0),
  configuredAt: 5000,
  processes: { vrrp: 1 },
  programs: [
    {
      name: 'vrrp',
      pid: process.pid,
      installed: 'a',
      answers: true,
      losses: 1,
      restarts: 3,
      lastLoss: { at: 4000, why: 'it ended' },
    },
  ],
  connectionSync: { daemons: ['master'], sent: 21, failures: 2, incomplete: 'it waits' },
  metricsCertificateExpires: 9000,
  ipvs: { writes: 0 },
  bfd: [],
  interfaces: [],
  routers: [
    {
      name: 'vip',
      interface: 'enp0s9',
      virtualRouterId: 51,
      version: 3,
      family: 'ipv4',
      destinations: ['224.0.0.18'],
      farewellsSent: 0,
      farewellsReceived: 0,
      mismatched: {},
      basePriority: 150,
      priorityChanges: [],
      faults: [],
      awaited: [],
      tracked: [],
      newMasterReason: 'priority',
      protocolError: 'none',
      priority: 150,
      state: 'master',
      since: 7000,
      reason: 'because',
      addresses: ['192.0.2.1/32'],
      routes: [],
      rules: [],
      masterDownInterval: milliseconds(3600),
      countedSince: 0,
      sent: 12,
      received: 3,
      dropped: { ttl: 2 },
      transitionsToMaster: 1,
      worstLateness: milliseconds(2),
      advertisementLateness: {
        bounds: [milliseconds(1), milliseconds(10)],
        counts: [9, 2, 1],
        sum: milliseconds(25),
      },
      rivals: [{ interface: 'enp0s9', source: ip('192.0.2.2'), priority: 100, firstSeen: 1, lastSeen: 2, count: 3 }],
      splitBrains: 4,
    },
  ],
  services: [
    {
      name: 'web',
      address: '192.0.2.1:80',
      scheduler: 'wrr',
      servers: [
        {
          name: 'rs0',
          address: '198.51.100.1:80',
          health: 'down',
          reason: 'refused',
          since: 0,
          lasted: milliseconds(0),
          drained: true,
          configuredWeight: 100,
          certificateExpires: 8000,
          weight: 0,
          activeConnections: 4,
          inactiveConnections: 9,
        },
      ],
    },
  ],
  peers: [
    {
      address: '192.0.2.2:8550',
      reachable: true,
      since: 0,
      lasted: milliseconds(0),
      pending: false,
      differences: ['one'],
    },
  ],
  splitBrain: { reaction: 'report', verdicts: [] },
  notifications: [],
  warnings: ['one'],
});

export const traffic: readonly Traffic[] = [
  // A server that has left took ten of each along.
  { service: 'web', connections: 15n, inPackets: 16n, outPackets: 17n, inBytes: 18n, outBytes: 19n },
  { service: 'web', server: 'rs0', connections: 5n, inPackets: 6n, outPackets: 7n, inBytes: 8n, outBytes: 9n },
];
