// One target's queue of notifications: order, repetition, bounds.

import assert from 'node:assert/strict';
import type { Notification } from '../../../../controller/notifications/notification.ts';
import { createQueue, pauseBefore } from '../../../../controller/notifications/queue.ts';

const named = (name: string): Notification => ({
  director: 'lb0',
  subject: 'router',
  name,
  state: 'master',
  reason: 'test',
  at: 0,
});

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

const setUp = (answers: (name: string, tried: number) => boolean, retries = 2) => {
  const tried: string[] = [];
  const pauses: number[] = [];
  const givenUp: string[] = [];
  const armed: (() => void)[] = [];
  const queue = createQueue({
    deliver: async ({ name }) => {
      tried.push(name);
      if (!answers(name, tried.filter((one) => one === name).length)) throw new Error('refused');
    },
    retries,
    after: (delay, action) => {
      pauses.push(delay);
      armed.push(action);
      return () => armed.splice(armed.indexOf(action), 1);
    },
    onGivenUp: ({ name }) => givenUp.push(name),
  });
  const fire = async (): Promise<void> => {
    armed.shift()?.();
    await turns();
  };
  return { queue, tried, pauses, givenUp, armed, fire };
};

describe('a queue of notifications', () => {
  it('delivers in order, one at a time', async () => {
    const { queue, tried } = setUp(() => true);
    for (const name of ['a', 'b', 'c']) queue.push(named(name));
    assert.deepEqual(tried, ['a'], 'the second waits for the first');
    await turns();
    assert.deepEqual(tried, ['a', 'b', 'c']);
    assert.deepEqual(queue.status(), { waiting: 0, delivered: 3, lost: 0 });
  });

  it('is settled once all are delivered', async () => {
    const { queue } = setUp(() => true);
    for (const name of ['a', 'b']) queue.push(named(name));
    let settled = false;
    const settling = queue.settle().then(() => {
      settled = true;
    });
    assert.equal(settled, false);
    await settling;
    assert.equal(queue.status().delivered, 2);
    await queue.settle();
  });

  it('is settled while it waits for another try, and not while that is under way', async () => {
    const { queue, armed } = setUp(() => false);
    queue.push(named('a'));
    await queue.settle();
    let settled = false;
    armed.shift()?.();
    void queue.settle().then(() => {
      settled = true;
    });
    await Promise.resolve();
    assert.equal(settled, false);
    await turns();
    assert.equal(settled, true);
  });

  it('tries again after growing pauses, and keeps the order meanwhile', async () => {
    const { queue, tried, pauses, fire } = setUp((name, times) => name === 'b' || times === 3);
    queue.push(named('a'));
    queue.push(named('b'));
    await turns();
    assert.deepEqual(queue.status(), { waiting: 2, delivered: 0, lost: 0, lastError: 'refused' });
    await fire();
    await fire();
    assert.deepEqual(tried, ['a', 'a', 'a', 'b']);
    assert.deepEqual(pauses, [500, 1000]);
  });

  it('gives up after as many repetitions as configured, and goes on with the next', async () => {
    const { queue, tried, givenUp, fire } = setUp((name) => name === 'b', 1);
    queue.push(named('a'));
    queue.push(named('b'));
    await turns();
    await fire();
    assert.deepEqual(tried, ['a', 'a', 'b']);
    assert.deepEqual(givenUp, ['a']);
    assert.deepEqual(queue.status(), { waiting: 0, delivered: 1, lost: 1, lastError: 'refused' });
  });

  it('is bounded: the oldest that waits gives way', async () => {
    const { queue, givenUp } = setUp(() => false, 0);
    for (let index = 0; index <= 1001; index++) queue.push(named(String(index)));
    // 0 is under way, 1 to 1001 wait, and one of those is too many.
    assert.deepEqual(givenUp, ['1']);
    await turns();
    assert.equal(queue.status().lost > 1, true);
  });

  it('delivers nothing once it is closed', async () => {
    const { queue, tried, armed } = setUp(() => false);
    queue.push(named('a'));
    queue.push(named('b'));
    await turns();
    queue.close();
    assert.deepEqual(armed, []);
    queue.push(named('c'));
    await turns();
    assert.deepEqual(tried, ['a']);
  });

  it('doubles its pauses up to a minute', () =>
    assert.deepEqual([1, 2, 3, 8, 20].map(pauseBefore), [500, 1000, 2000, 60_000, 60_000]));
});
