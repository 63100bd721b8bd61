// The queue for a stopped process keeps within its limit and drops the oldest of what may be dropped.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createFrameQueue, type FrameQueue } from '../../../channel/queue.ts';

const drain = (queue: FrameQueue): string[] => {
  const all: string[] = [];
  for (let frame = queue.shift(); frame !== undefined; frame = queue.shift()) all.push(frame.toString());
  return all;
};

describe('frame queue', () => {
  it('drops the oldest droppable frames to make room', () => {
    const queue = createFrameQueue(8);
    queue.push(Buffer.from('a1'), true);
    queue.push(Buffer.from('k2'), false);
    queue.push(Buffer.from('a3'), true);
    queue.push(Buffer.from('a4'), true);
    assert.deepEqual(queue.push(Buffer.from('k5'), false), { accepted: true, dropped: 1 });
    assert.deepEqual(drain(queue), ['k2', 'a3', 'a4', 'k5']);
  });

  it('refuses a frame for which no droppable one can make room, and keeps the rest', () => {
    const queue = createFrameQueue(6);
    queue.push(Buffer.from('k1'), false);
    queue.push(Buffer.from('a2'), true);
    queue.push(Buffer.from('k3'), false);
    assert.deepEqual(queue.push(Buffer.from('long'), false), { accepted: false, dropped: 1 });
    assert.deepEqual(drain(queue), ['k1', 'a2', 'k3']);
  });

  it('keeps order and the limit, and loses nothing uncounted', () => {
    const frames = fc.array(fc.record({ size: fc.integer({ min: 1, max: 12 }), droppable: fc.boolean() }));
    fc.assert(
      fc.property(frames, (pushed) => {
        const queue = createFrameQueue(20);
        let dropped = 0;
        pushed.forEach(({ size, droppable }, index) => {
          const frame = Buffer.alloc(size, index % 256);
          dropped += queue.push(frame, droppable).dropped;
        });
        const left = drain(queue);
        assert.equal(left.length + dropped, pushed.length);
        assert.ok(left.join('').length <= 20);
      }),
    );
  });
});
