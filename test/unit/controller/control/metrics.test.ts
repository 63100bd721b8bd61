// The metrics: what Prometheus reads after some events, and a name for everything that rules and dashboard use.

import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { milliseconds } from '../../../../base/units.ts';
import { createMetrics } from '../../../../controller/control/metrics.ts';
import { busyStatus as status, traffic } from './busy-status.ts';

describe('the metrics', () => {
  const rows = [
    'regent_router_state{router="vip",state="master",director="lb0",cluster="pair"} 1',
    'regent_router_state{router="vip",state="backup",director="lb0",cluster="pair"} 0',
    'regent_router_state{router="vip",state="leaving",director="lb0",cluster="pair"} 0',
    'regent_router_priority{router="vip",director="lb0",cluster="pair"} 150',
    'regent_router_since_timestamp_seconds{router="vip",director="lb0",cluster="pair"} 7',
    'regent_router_worst_lateness_seconds{router="vip",director="lb0",cluster="pair"} 0.002',
    'regent_router_advertisements_sent_total{router="vip",director="lb0",cluster="pair"} 12',
    'regent_router_advertisements_received_total{router="vip",director="lb0",cluster="pair"} 3',
    'regent_router_dropped_total{router="vip",reason="ttl",director="lb0",cluster="pair"} 2',
    'regent_router_split_brain{router="vip",director="lb0",cluster="pair"} 1',
    'regent_router_split_brains_total{router="vip",director="lb0",cluster="pair"} 4',
    'regent_router_transitions_total{router="vip",to="master",reason="no-advertisement",director="lb0",cluster="pair"} 1',
    'regent_takeover_seconds_count{director="lb0",cluster="pair",router="vip",stage="announcement"} 1',
    'regent_takeover_seconds_sum{director="lb0",cluster="pair",router="vip",stage="announcement"} 0.002',
    'regent_server_health{service="web",server="rs0",health="down",director="lb0",cluster="pair"} 1',
    'regent_server_health{service="web",server="rs0",health="up",director="lb0",cluster="pair"} 0',
    'regent_server_drained{service="web",server="rs0",director="lb0",cluster="pair"} 1',
    'regent_server_weight{service="web",server="rs0",director="lb0",cluster="pair"} 0',
    'regent_server_active_connections{service="web",server="rs0",director="lb0",cluster="pair"} 4',
    'regent_server_inactive_connections{service="web",server="rs0",director="lb0",cluster="pair"} 9',
    'regent_probe_seconds_count{director="lb0",cluster="pair",server="rs0",outcome="failure"} 1',
    'regent_server_connections_total{service="web",server="rs0",director="lb0",cluster="pair"} 5',
    'regent_server_packets_total{service="web",server="rs0",direction="in",director="lb0",cluster="pair"} 6',
    'regent_server_packets_total{service="web",server="rs0",direction="out",director="lb0",cluster="pair"} 7',
    'regent_server_bytes_total{service="web",server="rs0",direction="in",director="lb0",cluster="pair"} 8',
    'regent_server_bytes_total{service="web",server="rs0",direction="out",director="lb0",cluster="pair"} 9',
    'regent_service_connections_total{service="web",director="lb0",cluster="pair"} 15',
    'regent_service_packets_total{service="web",direction="in",director="lb0",cluster="pair"} 16',
    'regent_service_packets_total{service="web",direction="out",director="lb0",cluster="pair"} 17',
    'regent_service_bytes_total{service="web",direction="in",director="lb0",cluster="pair"} 18',
    'regent_service_bytes_total{service="web",direction="out",director="lb0",cluster="pair"} 19',
    'regent_advertisement_lateness_seconds_bucket{director="lb0",cluster="pair",router="vip",le="0.001"} 9',
    'regent_advertisement_lateness_seconds_bucket{director="lb0",cluster="pair",router="vip",le="0.01"} 11',
    'regent_advertisement_lateness_seconds_bucket{director="lb0",cluster="pair",router="vip",le="+Inf"} 12',
    'regent_advertisement_lateness_seconds_sum{director="lb0",cluster="pair",router="vip"} 0.025',
    'regent_advertisement_lateness_seconds_count{director="lb0",cluster="pair",router="vip"} 12',
    'regent_warnings{director="lb0",cluster="pair"} 1',
    'regent_configured_timestamp_seconds{director="lb0",cluster="pair"} 5',
    'regent_process_restarts_total{process="vrrp",director="lb0",cluster="pair"} 3',
    'regent_process_losses{process="vrrp",director="lb0",cluster="pair"} 1',
    'regent_process_lost_timestamp_seconds{process="vrrp",director="lb0",cluster="pair"} 4',
    'regent_server_certificate_expiry_timestamp_seconds{service="web",server="rs0",director="lb0",cluster="pair"} 8',
    'regent_metrics_certificate_expiry_timestamp_seconds{director="lb0",cluster="pair"} 9',
    'regent_connection_sync_daemon_up{role="master",director="lb0",cluster="pair"} 1',
    'regent_connection_sync_daemon_up{role="backup",director="lb0",cluster="pair"} 0',
    'regent_connection_sync_complete{director="lb0",cluster="pair"} 0',
    'regent_connection_sync_sent_total{director="lb0",cluster="pair"} 21',
    'regent_connection_sync_failures_total{director="lb0",cluster="pair"} 2',
    'regent_process_up{process="vrrp",director="lb0",cluster="pair"} 1',
    'regent_process_up{process="healthcheck",director="lb0",cluster="pair"} 0',
  ];
  let lines: string[] = [];
  before(async () => {
    const metrics = createMetrics();
    metrics.observeVrrp({
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
    metrics.observeProbe('rs0', { target: 't', ok: false, latency: milliseconds(500), error: 'no answer' });
    // Asked twice: what is read must not add up.
    await text(metrics.render(status(), traffic));
    lines = (await text(metrics.render(status(), traffic))).split('\n');
  });
  for (const row of rows) it(`say ${row}`, () => assert.ok(lines.includes(row), lines.join('\n')));

  for (const [title, change, value] of [
    ['awaits a living master', { restraint: { kind: 'await', reason: '' } }, 0],
    ['does not succeed one, though it would', { restraint: { kind: 'await', reason: '' }, withheld: true }, 1],
    ['gives way', { restraint: { kind: 'yield', reason: '' } }, 1],
  ] as const)
    it(`count a router as restrained that ${title}: ${value}`, async () => {
      const routers = status().routers.map((router) => ({ ...router, ...change }));
      assert.match(
        await text(createMetrics().render({ ...status(), routers }, [])),
        new RegExp(`^regent_router_restrained\\{router="vip",.*\\} ${value}$`, 'm'),
      );
    });

  it('forget what is gone', async () => {
    const metrics = createMetrics();
    await text(metrics.render(status(), traffic));
    const rest = await text(metrics.render({ ...status(), routers: [], services: [] }, []));
    assert.doesNotMatch(rest, /router="vip"|server="rs0"/);
  });
});
