// The metrics: what Prometheus reads after some events, and a name for everything that rules and dashboard use.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../config/units.ts';
import { createMetrics, type Traffic } from '../../../controller/metrics.ts';
import type { Status } from '../../../controller/status.ts';

const status = (): Status => ({
  director: 'lb0',
  startedAt: 0,
  configuredAt: 5000,
  processes: { vrrp: 1 },
  programs: [],
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
      rivals: [{ interface: 'enp0s9', source: '192.0.2.2', priority: 100, firstSeen: 1, lastSeen: 2, count: 3 }],
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
          drained: true,
          configuredWeight: 100,
          weight: 0,
          activeConnections: 4,
          inactiveConnections: 9,
        },
      ],
    },
  ],
  peers: [],
  notifications: [],
  warnings: ['one'],
});

const traffic: Traffic = {
  service: 'web',
  server: 'rs0',
  connections: 5n,
  inPackets: 6n,
  outPackets: 7n,
  inBytes: 8n,
  outBytes: 9n,
};

describe('the metrics', () => {
  const rows = [
    'regent_router_state{router="vip",state="master",director="lb0"} 1',
    'regent_router_state{router="vip",state="backup",director="lb0"} 0',
    'regent_router_priority{router="vip",director="lb0"} 150',
    'regent_router_since_seconds{router="vip",director="lb0"} 7',
    'regent_router_worst_lateness_seconds{router="vip",director="lb0"} 0.002',
    'regent_router_advertisements_sent_total{router="vip",director="lb0"} 12',
    'regent_router_advertisements_received_total{router="vip",director="lb0"} 3',
    'regent_router_dropped_total{router="vip",reason="ttl",director="lb0"} 2',
    'regent_router_split_brain{router="vip",director="lb0"} 1',
    'regent_router_split_brains_total{router="vip",director="lb0"} 4',
    'regent_router_transitions_total{router="vip",to="master",reason="no-advertisement",director="lb0"} 1',
    'regent_takeover_seconds_count{director="lb0",router="vip",stage="announcement"} 1',
    'regent_takeover_seconds_sum{director="lb0",router="vip",stage="announcement"} 0.002',
    'regent_server_health{service="web",server="rs0",health="down",director="lb0"} 1',
    'regent_server_health{service="web",server="rs0",health="up",director="lb0"} 0',
    'regent_server_drained{service="web",server="rs0",director="lb0"} 1',
    'regent_server_weight{service="web",server="rs0",director="lb0"} 0',
    'regent_server_active_connections{service="web",server="rs0",director="lb0"} 4',
    'regent_server_inactive_connections{service="web",server="rs0",director="lb0"} 9',
    'regent_probe_seconds_count{director="lb0",server="rs0",outcome="failure"} 1',
    'regent_server_connections_total{service="web",server="rs0",director="lb0"} 5',
    'regent_server_packets_total{service="web",server="rs0",direction="in",director="lb0"} 6',
    'regent_server_packets_total{service="web",server="rs0",direction="out",director="lb0"} 7',
    'regent_server_bytes_total{service="web",server="rs0",direction="in",director="lb0"} 8',
    'regent_server_bytes_total{service="web",server="rs0",direction="out",director="lb0"} 9',
    'regent_warnings{director="lb0"} 1',
    'regent_configured_seconds{director="lb0"} 5',
    'regent_process_up{process="vrrp",director="lb0"} 1',
    'regent_process_up{process="healthcheck",director="lb0"} 0',
  ];
  let lines: string[] = [];
  before(async () => {
    const metrics = createMetrics('lb0');
    metrics.hearVrrp({
      type: 'transition',
      router: 'vip',
      from: 'backup',
      to: 'master',
      reason: { code: 'no-advertisement', text: '' },
      takeover: {
        toAddresses: milliseconds(1),
        toAnnouncement: milliseconds(2),
        toAdvertisement: milliseconds(3),
        timerLateness: milliseconds(0),
      },
      at: 0,
    });
    metrics.hearProbe('rs0', { target: 't', ok: false, latency: milliseconds(500), error: 'no answer' });
    // Asked twice: what is read must not add up.
    await metrics.render(status(), [traffic]);
    lines = (await metrics.render(status(), [traffic])).split('\n');
  });
  for (const row of rows) it(`say ${row}`, () => assert.ok(lines.includes(row), lines.join('\n')));

  it('forget what is gone', async () => {
    const metrics = createMetrics('lb0');
    await metrics.render(status(), [traffic]);
    const text = await metrics.render({ ...status(), routers: [], services: [] }, []);
    assert.doesNotMatch(text, /router="vip"|server="rs0"/);
  });
});
