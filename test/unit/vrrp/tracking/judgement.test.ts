// What tracked items make of a router's priority, and which of them fault it.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ItemState, judge, type Tracked } from '../../../../vrrp/tracking/judgement.ts';

const up: ItemState = { state: 'up', reason: 'is up' };
const down: ItemState = { state: 'down', reason: 'is down' };
const unknown: ItemState = { state: 'unknown', reason: 'has not been run yet' };
const holds = (value: number): ItemState => ({ state: 'up', value, reason: `holds ${value}` });

describe('judgement', () => {
  const rows: [name: string, base: number, weight: number, state: ItemState, effective: number, fault?: string][] = [
    ['a positive weight is added while the item is up', 100, 50, up, 150],
    ['a positive weight is nothing while it is down', 100, 50, down, 100],
    ['a negative weight is nothing while it is up', 150, -50, up, 150],
    ['a negative weight is subtracted while it is down', 150, -50, down, 100],
    ['what is unknown weighs nothing', 150, -50, unknown, 150],
    ['no more than 254 comes of it', 200, 100, up, 254],
    ['no less than 1 comes of it', 20, -100, down, 1],
    ['without weight an item that is down is a fault', 150, 0, down, 150, 'script x is down'],
    ['without weight an item that is up is none', 150, 0, up, 150],
    ['a file’s value is multiplied', 150, 2, holds(-30), 90],
    ['a file without weight is a fault unless it holds 0', 150, 0, holds(1), 150, 'script x holds 1'],
    ['a file without weight that holds 0 is none', 150, 0, holds(0), 150],
    ['a file beyond the least weight is a fault', 150, 1, holds(-254), 150, 'script x holds -254'],
    ['a file at the least weight is none', 150, 1, holds(-253), 1],
    ['an owner stays an owner', 255, -50, down, 255],
  ];
  for (const [name, base, weight, state, effective, fault] of rows)
    it(name, () => {
      const judged = judge(base, [{ kind: 'script', name: 'x', weight }], () => state);
      assert.equal(judged.effective, effective);
      assert.deepEqual(judged.faults, fault === undefined ? [] : [fault]);
    });

  it('sums the weights and names what has changed the priority', () => {
    const items: Tracked[] = [
      { kind: 'interface', name: 'enp0s8', weight: -50 },
      { kind: 'route', name: '0.0.0.0/0', weight: -20 },
      { kind: 'process', name: 'p', weight: 10 },
    ];
    const states = new Map<string, ItemState>([
      ['interface enp0s8', { state: 'down', reason: 'has no carrier' }],
      ['route default', { state: 'up', reason: 'is there' }],
      ['process p', { state: 'up', reason: 'runs' }],
    ]);
    assert.deepEqual(
      judge(150, items, (key) => states.get(key)),
      {
        base: 150,
        effective: 110,
        faults: [],
        awaited: [],
        changes: [
          { item: 'interface enp0s8', by: -50, reason: 'has no carrier' },
          { item: 'process p', by: 10, reason: 'runs' },
        ],
      },
    );
  });

  it('awaits what could be a fault and is not known', () => {
    const items: Tracked[] = [
      { kind: 'script', name: 'x', weight: 0 },
      { kind: 'script', name: 'y', weight: 5 },
    ];
    assert.deepEqual(judge(150, items, () => undefined).awaited, ['script x has not been looked at yet']);
  });

  it('stays within what an advertisement may carry', () => {
    const item = fc.record({
      weight: fc.integer({ min: -253, max: 253 }),
      state: fc.constantFrom(up, down, unknown, holds(3), holds(-300)),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 254 }), fc.array(item), (base, list) => {
        const items = list.map(({ weight }, index): Tracked => ({ kind: 'file', name: String(index), weight }));
        const { effective } = judge(base, items, (key) => list[Number(key.slice(5))]?.state);
        assert.ok(effective >= 1 && effective <= 254);
      }),
    );
  });
});
