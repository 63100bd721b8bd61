// The bus between parts: a message reaches the handler at once.

import assert from 'node:assert/strict';
import { createBus } from '../../../base/bus.ts';

describe('bus', () => {
  it('gives each message to the handler at once, in order', () => {
    const bus = createBus<number>();
    const handled: number[] = [];
    bus.handle((message) => {
      handled.push(message);
      if (message === 1) bus.send(2);
      handled.push(-message);
    });
    bus.send(1);
    bus.send(3);
    assert.deepEqual(handled, [1, 2, -2, -1, 3, -3]);
  });

  it('drops what is sent before there is a handler', () => {
    const bus = createBus<number>();
    bus.send(1);
    const handled: number[] = [];
    bus.handle((message) => void handled.push(message));
    assert.deepEqual(handled, []);
  });
});
