// Prometheus's own tool takes the metrics, the alerting rules and what the dashboard asks.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createMetrics } from '../../controller/control/metrics.ts';
import { busyStatus, traffic } from '../unit/controller/control/busy-status.ts';

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
  it('reads every question of the dashboard', () => {
    const { panels, annotations } = JSON.parse(readFileSync('docs/monitoring/grafana.json', 'utf8')) as {
      panels: { targets: { expr: string }[] }[];
      annotations: { list: { expr: string }[] };
    };
    const questions = [...panels.flatMap(({ targets }) => targets), ...annotations.list].map(({ expr }) => expr);
    // Grafana fills its own variables in before Prometheus reads the rest.
    const recorded = questions.map((expr, index) => ({
      record: `question_${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m'),
    }));
    const folder = mkdtempSync(join(tmpdir(), 'regent-dashboard-'));
    const file = join(folder, 'dashboard.yaml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: recorded }] }));
    try {
      assert.match(promtool(['check', 'rules', file]), new RegExp(`SUCCESS: ${questions.length} rules`));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  it('has nothing to say against the metrics', async () => {
    const metrics = createMetrics();
    metrics.observeProbe('rs0', { target: 't', ok: true, latency: 1 as never });
    assert.equal(promtool(['check', 'metrics'], await text(metrics.render(busyStatus(), traffic))), '');
  });
});
