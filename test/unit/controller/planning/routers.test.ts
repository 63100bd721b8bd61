// What a plan says of virtual routers against what a reload does to them: random pairs of configurations, played.

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { DirectorConfig } from '../../../../config/model/model.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { planChange } from '../../../../controller/plan.ts';
import type { ItemState } from '../../../../vrrp/tracking/judgement.ts';
import { extent } from '../../../prove/extent.ts';
import { judgeReload } from './judged-reload.ts';
import { createHost, createWorld } from './played-host.ts';
import { randomReloads } from './random-routers.ts';

const parse = (document: object): DirectorConfig | undefined => {
  const parsed = parseConfig(JSON.stringify(document), 'regent.yaml');
  return parsed.ok ? parsed.config : undefined;
};

/** The other director: of the same routers, with middling priorities, and tracking nothing. */
const peerOf = ({ vrrp }: DirectorConfig): DirectorConfig['vrrp'] => ({
  ...vrrp,
  groups: [],
  routers: vrrp.routers.map((router) => ({ ...router, priority: 120, track: [] })),
});

const items = ['script s1', 'file f1', 'process p1'] as const;
const itemState = (item: string, state: string): ItemState =>
  item.startsWith('file')
    ? { state: 'up', value: state === 'up' ? 0 : 1, reason: 'holds a number' }
    : { state: state as 'up' | 'down', reason: `is ${state}` };

const unordered = ({ vrrp, ...rest }: DirectorConfig): object => ({
  ...rest,
  vrrp: {
    ...vrrp,
    routers: vrrp.routers
      .map((router) => ({
        ...router,
        addresses: [...router.addresses].sort((a, b) => (a.address < b.address ? -1 : 1)),
      }))
      .sort((one, other) => one.virtualRouterId - other.virtualRouterId),
  },
});

describe('a plan of virtual routers', () => {
  const tally = { hitless: 0, elections: 0, cuts: 0 };

  it('is what a reload does, of random pairs of configurations', async () => {
    await fc.assert(
      fc.asyncProperty(randomReloads, async ({ before: old, after: next, states, laterStates, aside }) => {
        const [before, after] = [parse(old), parse(next)];
        fc.pre(before !== undefined && after !== undefined);
        const world = createWorld();
        const host = createHost(world, 'lb0', '10.0.0.11', before.vrrp);
        createHost(world, 'lb1', '10.0.0.12', peerOf(before));
        host.track(new Map(items.map((item, index) => [item, itemState(item, states[index] ?? 'up')])));
        world.run(15_000);
        const asideOf = ({ vrrp }: DirectorConfig) =>
          vrrp.routers.flatMap(({ name }) => (name === (aside as string | undefined) ? [name] : []));
        host.routers().standAside(asideOf(before));
        world.run(15_000);
        const routers = host
          .routers()
          .status()
          .map((router) => (asideOf(before).includes(router.name) ? { ...router, aside: true as const } : router));
        const plan = planChange(before, after, {
          routers,
          isAside: (name) => name === (aside as string | undefined),
          connectionsOf: () => 0,
        });
        const words = JSON.stringify({
          plan,
          states: routers.map(({ name, state, priority }) => [name, state, priority]),
        });
        await host.seen();

        host.reconfigure(after.vrrp);
        host.routers().standAside(asideOf(after));
        const changed = items.filter((_, index) => {
          const list = (['scripts', 'files', 'processes'] as const)[index] ?? 'scripts';
          return !isDeepStrictEqual(before.vrrp[list], after.vrrp[list]);
        });
        host.track(new Map(changed.map((item) => [item, itemState(item, laterStates[items.indexOf(item)] ?? 'up')])));
        world.run(15_000);

        const { transitions, removed, farewells } = await host.seen();
        judgeReload({ plan, before, after, seen: { transitions, removed, farewells }, words });
        if (plan.length === 0) assert.deepEqual(unordered(after), unordered(before));
        for (const { subject, change } of plan)
          assert.doesNotMatch(`${subject} ${change}`, /[{}[\]"]|undefined|null|object|NaN| {2}/);
        if (plan.every(({ effect }) => effect === 'hitless')) tally.hitless += 1;
        if (transitions.length > 0) tally.elections += 1;
        if (removed.length > 0) tally.cuts += 1;
      }),
      { numRuns: extent(5000, 250) },
    );
    // A property that nothing comes to holds for nothing.
    for (const [what, count] of Object.entries(tally)) assert.ok(count > extent(100, 3), `${what}: ${count}`);
  }).timeout(extent(1_800_000, 60_000));
});
