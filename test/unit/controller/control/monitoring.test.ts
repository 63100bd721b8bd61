// The alerting rules and the dashboard ask for nothing that regent does not say.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { text as textOf } from 'node:stream/consumers';
import { load } from 'js-yaml';
import { createMetrics } from '../../../../controller/control/metrics.ts';
import { environmentOf } from '../../../../controller/notifications/notification.ts';
import { ip } from '../../../../net/ip-address.ts';
import { busyStatus, traffic } from './busy-status.ts';

const read = (name: string): string => readFileSync(`docs/monitoring/${name}`, 'utf8');
describe('monitoring', () => {
  let text = '';
  before(async () => {
    text = await textOf(createMetrics().render(busyStatus(), traffic));
  });
  const known = (): Set<string> => {
    const families = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    return new Set(
      families.flatMap(([, name = '', kind]) =>
        kind === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
      ),
    );
  };
  const asked = (expression: string): string[] => expression.match(/\bregent_\w+/g) ?? [];

  it('rules ask only for metrics that there are', () => {
    const { groups } = load(read('alerts.yaml')) as { groups: { rules: { expr: string }[] }[] };
    const names = groups.flatMap(({ rules }) => rules.flatMap(({ expr }) => asked(expr)));
    assert.ok(names.length >= 40);
    assert.deepEqual(
      names.filter((name) => !known().has(name)),
      [],
    );
  });
  it('the dashboard asks only for metrics that there are, and its panels do not overlap', () => {
    const { panels } = JSON.parse(read('grafana.json')) as {
      panels: { title: string; gridPos: { x: number; y: number; w: number; h: number }; targets: { expr: string }[] }[];
    };
    const names = panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => asked(expr)));
    assert.ok(names.length >= panels.length);
    assert.deepEqual(
      names.filter((name) => !known().has(name)),
      [],
    );
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
    );
    assert.equal(new Set(cells).size, cells.length);
  });
  it('the page names every metric', () => {
    const page = read('README.md');
    const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
    const missing = families.filter(
      (name) => !page.includes(name) && !page.includes(name.replace('regent_server', '')),
    );
    assert.deepEqual(missing, []);
  });
  it('the page names every variable of a script, and no other', () => {
    const notification = {
      director: 'lb0',
      subject: 'server',
      name: 'rs0',
      state: 'down',
      from: 'up',
      reason: 'refused',
      at: 0,
      priority: 150,
      service: { protocol: 'tcp', address: ip('192.168.55.100'), port: 80 },
      server: { address: ip('192.168.66.111'), port: 80 },
    } as const;
    const named = new Set(read('README.md').match(/\bREGENT_[A-Z]+\b/g));
    assert.deepEqual([...named].sort(), Object.keys(environmentOf(notification)).sort());
  });
});
