// Prometheus's own tool takes the metrics and the alerting rules.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createMetrics } from '../../controller/metrics.ts';

/** Unpacked by provision/setup.sh where the host has none. */
const program = existsSync('.cache/tools/promtool') ? '.cache/tools/promtool' : 'promtool';
const promtool = (args: readonly string[], input = ''): string =>
  execFileSync(program, args, { encoding: 'utf8', input });

const rules = 'docs/monitoring/alerts.yaml';
const count = [...readFileSync(rules, 'utf8').matchAll(/^ +- alert:/gm)].length;

describe('promtool', () => {
  it('accepts the alerting rules', () =>
    assert.match(promtool(['check', 'rules', rules]), new RegExp(`SUCCESS: ${count} rules`)));
  it('fires each rule that a series is given for, and none where all is well', () =>
    assert.match(promtool(['test', 'rules', 'test/tools/alerts.test.yaml']), /SUCCESS/));
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
