// Prometheus's own tool takes the metrics and the alerting rules.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createMetrics } from '../../controller/metrics.ts';

/** Unpacked by provision/setup.sh where the host has none. */
const program = existsSync('.cache/tools/promtool') ? '.cache/tools/promtool' : 'promtool';
const promtool = (args: readonly string[], input = ''): string =>
  execFileSync(program, args, { encoding: 'utf8', input });

describe('promtool', () => {
  it('accepts the alerting rules', () =>
    assert.match(promtool(['check', 'rules', 'docs/monitoring/alerts.yaml']), /SUCCESS: 10 rules/));
  it('has nothing to say against the metrics', async () => {
    const metrics = createMetrics('lb0');
    metrics.hearProbe('rs0', { target: 't', ok: true, latency: 1 as never });
    const status = {
      director: 'lb0',
      startedAt: 0,
      configuredAt: 0,
      processes: {},
      programs: [],
      ipvs: { writes: 0 },
      bfd: [],
      interfaces: [],
      routers: [],
      services: [],
      peers: [],
      notifications: [],
      warnings: [],
    };
    assert.equal(promtool(['check', 'metrics'], await metrics.render(status, [])), '');
  });
});
