// What the port for metrics answers to probes, and metrics as OpenMetrics.

import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { createMetrics } from '../../../../controller/control/metrics.ts';
import { pageOf } from '../../../../controller/control/metrics-pages.ts';
import { toOpenMetrics, wantsOpenMetrics } from '../../../../controller/control/open-metrics.ts';
import { busyStatus, traffic } from './busy-status.ts';

describe('pages for probes', () => {
  const program = { name: 'vrrp', installed: '1', losses: 0, restarts: 0, answers: true } as const;
  const probed = { ...busyStatus(), programs: [program] };
  for (const [path, change, status, body] of [
    ['/healthz', {}, 200, /^well$/m],
    ['/readyz', {}, 200, /^ready$/m],
    ['/readyz', { programs: [{ ...program, answers: false }] }, 503, /vrrp does not answer/],
    ['/readyz', { ipvs: { writes: 0, fault: 'no ip_vs' } }, 503, /not|no virtual service is in the kernel: no ip_vs/],
    ['/master/vip', {}, 200, /^master$/m],
    [
      '/master/vip',
      { routers: busyStatus().routers.map((one) => ({ ...one, state: 'backup' as const })) },
      503,
      /^backup$/m,
    ],
    ['/master/none', {}, 404, /there is no router none; there are vip/],
    ['/', {}, 200, /href="\/master\/vip"/],
  ] as const)
    it(`${path} is ${status}`, () => {
      const page = pageOf(path, { ...probed, ...change });
      assert.equal(page?.status, status);
      assert.match(page?.body ?? '', body);
    });
  for (const path of ['/master/', '/master/a/b', '/master/%', '/nothing', '/metrics/'])
    it(`${path} is none`, () => assert.equal(pageOf(path, probed), undefined));
  it('write no markup of a name', () => {
    const routers = busyStatus().routers.map((one) => ({ ...one, name: '"><script>' }));
    assert.doesNotMatch(pageOf('/', { ...probed, director: '<b>', routers })?.body ?? '', /<b>|<script/);
  });
});

describe('OpenMetrics', () => {
  for (const [accept, wanted] of [
    [undefined, false],
    ['*/*', false],
    ['text/plain', false],
    ['application/openmetrics-text', true],
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      true,
    ],
    ['application/openmetrics-text,text/plain', true],
    ['application/openmetrics-text;q=0.4,text/plain;q=0.5', false],
    ['application/openmetrics-text;q=0', false],
  ] as const)
    it(`is ${wanted ? '' : 'not '}wanted by ${accept}`, () => assert.equal(wantsOpenMetrics(accept), wanted));

  it('names the family of a counter without _total, and ends', async () => {
    const plain = await text(createMetrics().render(busyStatus(), traffic));
    async function* pieces(): AsyncGenerator<string> {
      for (let index = 0; index < plain.length; index += 7) yield plain.slice(index, index + 7);
    }
    const open = await text(toOpenMetrics(pieces()));
    assert.match(
      open,
      /^# HELP regent_router_advertisements_sent .*\n# TYPE regent_router_advertisements_sent counter\n/m,
    );
    assert.match(open, /^regent_router_advertisements_sent_total\{/m);
    assert.match(open, /^# TYPE regent_probe_seconds histogram$/m);
    assert.ok(open.endsWith('\n# EOF\n'));
    const samples = (of: string): string[] => of.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    assert.deepEqual(samples(open), samples(plain));
    assert.equal(open.match(/^# HELP/gm)?.length, plain.match(/^# HELP/gm)?.length);
  });
});
