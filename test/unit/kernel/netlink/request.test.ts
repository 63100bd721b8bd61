// Requests are sent in windows whose acknowledgements fit the kernel's receive buffer.

import assert from 'node:assert/strict';
import { type Request, windowsOf } from '../../../../kernel/netlink/request.ts';

const requests = (count: number, length: number): Request[] =>
  Array.from({ length: count }, () => ({ payload: Buffer.alloc(length) }) as unknown as Request);
const sizes = (count: number, length: number): number[] =>
  windowsOf(requests(count, length)).map((window) => window.length);

describe('windows of netlink requests', () => {
  it('are none without requests', () => assert.deepEqual(sizes(0, 0), []));
  it('have 64 requests at most', () => assert.deepEqual(sizes(130, 40), [64, 64, 2]));
  it('have 64 KiB at most, with their headers', () => assert.deepEqual(sizes(5, 32_736), [2, 2, 1]));
  it('have a request of more by itself', () => assert.deepEqual(sizes(3, 100_000), [1, 1, 1]));
  it('keep the order', () => {
    const all = requests(100, 1);
    assert.deepEqual(windowsOf(all).flat(), all);
  });
});
