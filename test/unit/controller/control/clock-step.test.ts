// What has lasted how long is told by the monotonic clock: a wall clock that is set by a day changes no duration.

import assert from 'node:assert/strict';
import sinon from 'sinon';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import { renderStatus } from '../../../../cli/status-page.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { readRealServers } from '../../../../controller/ipvs/real-servers.ts';
import { openTargetStandings } from '../../../../controller/ipvs/target-standings.ts';
import { openTargetVerdicts } from '../../../../controller/ipvs/target-verdicts.ts';
import { ip } from '../../../../net/ip-address.ts';
import type { RouterState } from '../../../../vrrp/election/router-state.ts';
import { describeSpan, noRivalry, rivalsOf, see } from '../../../../vrrp/rivals/rivalry.ts';
import { noWatch } from '../../../../vrrp/rivals/rivals.ts';
import { createRouter } from '../../../../vrrp/router.ts';
import { statusOf } from '../../../../vrrp/router-status.ts';
import { at, config, group, self } from '../../vrrp/one-router.ts';
import { busyStatus } from './busy-status.ts';

const day = 86_400_000;
const evidence = { interface: 'eth0', source: ip('10.0.0.3'), priority: 100 };
const tracking = {
  judgementOf: () => ({ base: 128, effective: 128, faults: [], awaited: [], changes: [] }),
  trackedBy: () => [],
};
const text = `
director: d
vrrp: { routers: [] }
virtual_services:
  - name: s
    address: 10.0.0.1:80
    checks: [{ type: tcp }]
    real_servers: [{ name: rs0, address: 10.0.1.1:80 }]
`;

for (const step of [day, -day]) {
  describe(`a wall clock that is set by ${step / day} days`, () => {
    let wall = 0;
    beforeEach(() => {
      wall = Date.parse('2026-01-31T12:00:00Z');
      sinon.stub(Date, 'now').callsFake(() => wall);
    });
    afterEach(() => sinon.restore());

    it('does not change for how long a verdict has lasted', () => {
      const parsed = parseConfig(text, 'f');
      assert.ok(parsed.ok);
      const [service] = parsed.config.virtualServices;
      const [server] = service?.realServers ?? [];
      assert.ok(service && server);
      let now = 1000;
      const clock = () => now as Instant;
      const { known } = openTargetStandings(parsed.config, clock);
      const verdicts = openTargetVerdicts(
        known,
        () => undefined,
        () => undefined,
        clock,
      );
      const { observationOf } = readRealServers(known, () => new Map(), clock);
      const verdict = { type: 'verdict', reason: 'refused', latency: milliseconds(1), health: 'down' } as const;
      for (const { id: target } of known.plan.targets) verdicts.take({ ...verdict, target });
      wall += step + 65_000;
      now += 65_000;
      assert.equal(observationOf(service, server).lasted, 65_000);
    });

    it('does not change for how long a router has been what it is, nor makes a candidate stuck', () => {
      const router = createRouter(config, 'group', { now: at(0), wall: 0 });
      router.changedAt = at(1000);
      const state = { name: 'candidate', masterInterval: milliseconds(1000) } as unknown as RouterState;
      const seen = (now: number) =>
        statusOf(router, self, state, noWatch, false, group.source, tracking as never, at(now), wall);
      wall += step;
      assert.deepEqual([seen(3000).lasted, seen(3000).stuck], [2000, undefined]);
      assert.deepEqual([seen(6000).lasted, seen(6000).stuck], [5000, true]);
      // It hears a master, which it would preempt.
      Object.assign(state, { outranked: { address: ip('192.168.55.12'), priority: 100 } });
      assert.deepEqual([seen(6000).lasted, seen(6000).stuck], [5000, undefined]);
    });

    it('does not change how long two masters have seen each other', () => {
      const patience = milliseconds(10_000);
      const first = see(noRivalry, evidence, patience, at(1000), wall);
      const again = see(first, evidence, patience, at(3000), wall + step);
      assert.equal(describeSpan(again, at(4000)), '3 s');
      assert.deepEqual(rivalsOf(again), [{ ...evidence, firstSeen: wall, lastSeen: wall + step, count: 2 }]);
    });

    it('does not change what the page says', () => {
      const page = () => renderStatus({ ...busyStatus(), uptime: milliseconds(90_000_000) }, 200, (_, words) => words);
      const before = page();
      wall += step;
      assert.equal(page(), before);
      assert.match(before, /up 1d 1h/);
    });
  });
}
