// The limit of open probes: never more than its slots, each in turn, no burst in one turn of the loop.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { CheckConfig } from '../../../config/model/check-model.ts';
import { budgetOf, costOf, createProbeLimit } from '../../../healthcheck/probe-limit.ts';

type Task = { readonly id: number; readonly cost: number; end: (error?: Error) => void };

const rig = (slots: number) => {
  const running: Task[] = [];
  const begun: number[] = [];
  let deferred: (() => void)[] = [];
  const probe = createProbeLimit({
    slots,
    cost: ({ cost }: Pick<Task, 'cost'>) => cost,
    probe: ({ id, cost }: Pick<Task, 'id' | 'cost'>) =>
      new Promise<void>((resolve, reject) => {
        assert.deepEqual(begun.at(-1), id);
        const task: Task = {
          id,
          cost,
          end: (error) => {
            running.splice(running.indexOf(task), 1);
            if (error === undefined) resolve();
            else reject(error);
          },
        };
        running.push(task);
      }),
    defer: (action) => deferred.push(action),
  });
  const enter = (id: number, cost: number): Promise<void> => probe({ id, cost }, () => begun.push(id));
  const turn = async (): Promise<void> => {
    const due = deferred;
    deferred = [];
    for (const action of due) action();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { running, begun, enter, turn };
};

describe('the limit of open probes', () => {
  it('never holds more than its slots, and lets everybody in, first come, first served', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.integer({ min: 1, max: 10 }), { maxLength: 30 }),
        fc.infiniteStream(fc.nat()),
        async (slots, costs, choices) => {
          const { running, begun, enter, turn } = rig(slots);
          const all = costs.map((cost, id) => enter(id, cost));
          for (const choice of choices) {
            const held = running.reduce((sum, { cost }) => sum + Math.min(cost, slots), 0);
            assert.ok(held <= slots, `${held} of ${slots}`);
            if (begun.length === costs.length && running.length === 0) break;
            running[choice % Math.max(1, running.length)]?.end();
            await turn();
          }
          await Promise.all(all);
          assert.deepEqual(
            begun,
            costs.map((_, id) => id),
          );
        },
      ),
      { numRuns: 50 },
    ));

  it('begins no more than 25 in a turn', async () => {
    const { running, enter, turn } = rig(1000);
    for (let id = 0; id < 60; id += 1) enter(id, 1);
    assert.equal(running.length, 25);
    await turn();
    assert.equal(running.length, 50);
    await turn();
    assert.equal(running.length, 60);
  });

  it('frees the place of a task that fails, and passes its error on', async () => {
    const { running, begun, enter, turn } = rig(1);
    const first = enter(0, 1);
    enter(1, 1);
    running[0]?.end(new Error('EMFILE'));
    await assert.rejects(first, /EMFILE/);
    await turn();
    assert.deepEqual(begun, [0, 1]);
  });

  for (const [descriptors, slots, kept, idle] of [
    [1024, 600, 240, 120],
    [20_000, 14_824, 4984, 128],
    [64, 10, 4, 2],
    [10, 10, 4, 2],
  ] as const) {
    it(`shares ${descriptors} descriptors out: ${slots} for probes, ${kept} for kept connections, ${idle} idle`, () =>
      assert.deepEqual(budgetOf(descriptors), { slots, kept, idle }));
  }

  it('counts a program for more than a connection', () => {
    const cost = (type: string): number => costOf({ check: { type } as CheckConfig });
    assert.ok(cost('script') > cost('tcp'));
    assert.equal(cost('ping'), 1);
  });
});
