// Whether a vrrp process can be replaced in the time that peers wait, and what plan says of it.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../../base/units.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { judgeReplacement, planReplacements } from '../../../../controller/processes/replacement.ts';
import type { RouterStatus } from '../../../../vrrp/status.ts';

const routers = (interval: string) => {
  const parsed = parseConfig(
    `director: lb0\nvrrp: { routers: [
      { name: vip, interface: e, virtual_router_id: 1, advertisement_interval: ${interval}, addresses: [10.0.0.1] },
      { name: slow, interface: e, virtual_router_id: 2, advertisement_interval: 10s, addresses: [10.0.0.2] }] }`,
    'f',
  );
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.config.vrrp.routers;
};
const statuses = (state: RouterStatus['state'], lease?: number): RouterStatus[] =>
  ['vip', 'slow'].map((name) => ({ name, state, ...(lease !== undefined && { lease }) }) as RouterStatus);

describe('a replacement of vrrp', () => {
  const rows = [
    ['1s', 'master', undefined, 1500, 3000, true],
    ['1s', 'master', undefined, 1501, 3000, false],
    ['1s', 'master', 2, 1000, 2000, true],
    ['1s', 'master', 2, 1001, 2000, false],
    ['20ms', 'master', 1, 100, 60, false],
    ['20ms', 'backup', 1, 100, undefined, true],
  ] as const;
  for (const [interval, state, lease, start, limit, fits] of rows)
    it(`of a ${state} every ${interval}, lease ${lease ?? 'off'}, start ${start} ms: ${fits ? 'fits' : 'does not'}`, () => {
      const judged = judgeReplacement(routers(interval), statuses(state, lease), milliseconds(start));
      assert.deepEqual([judged.limit, judged.fits], [limit, fits]);
    });

  it('assumes a second where no start was seen, and says so', () => {
    const { text } = judgeReplacement(routers('1s'), statuses('master', 2), undefined);
    assert.equal(text, 'its start takes 1 s (assumed), and 2 s may pass until a peer takes over');
  });

  it('is planned for what runs another program than is installed', () => {
    const program = { pid: 1, build: 'a', installed: 'b', answers: true, losses: 0, restarts: 0 };
    const plan = (start: number) =>
      planReplacements(
        [
          { name: 'vrrp', ...program },
          { name: 'healthcheck', ...program, build: 'b' },
        ],
        judgeReplacement(routers('1s'), statuses('master', 2), milliseconds(start)),
      );
    assert.deepEqual(plan(200), [
      {
        subject: 'process vrrp',
        change:
          'runs build a, and regent replace puts b in its place: its start takes 200 ms, and 2 s may pass until a peer takes over',
        effect: 'hitless',
      },
    ]);
    assert.equal(plan(1200)[0]?.effect, 'election');
  });
});
