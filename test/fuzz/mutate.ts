// Makes an input from others: bytes changed, cut, repeated or taken from another, numbers at their limits, words of the format.
// Pure: randomness is a port.

import type { Below } from '../../base/random.ts';

const limits: readonly number[] = [
  0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff,
];

const pick = <Item>(items: readonly Item[], below: Below): Item | undefined => items[below(items.length)];

const splice = (bytes: Buffer, at: number, gone: number, put: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + gone)]);

type Mutation = (bytes: Buffer, below: Below, others: readonly Buffer[], words: readonly string[]) => Buffer;

const numberOf = (below: Below): Buffer => {
  const value = pick(limits, below) ?? 0;
  const size = [1, 2, 4][below(3)] ?? 1;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  const part = Buffer.from(bytes.subarray(4 - size));
  return below(4) === 0 ? part.reverse() : part;
};

const part = (bytes: Buffer, below: Below): Buffer => {
  const from = below(bytes.length + 1);
  return bytes.subarray(from, from + below(bytes.length - from + 1));
};

const mutations: readonly Mutation[] = [
  (bytes, below) => {
    const changed = Buffer.from(bytes);
    const at = below(Math.max(1, bytes.length));
    if (at < changed.length) changed[at] = (changed[at] ?? 0) ^ (1 << below(8));
    return changed;
  },
  (bytes, below) => splice(bytes, below(bytes.length + 1), 1, Buffer.from([below(256)])),
  (bytes, below) => {
    const number = numberOf(below);
    return splice(bytes, below(bytes.length + 1), number.length, number);
  },
  (bytes, below) =>
    splice(bytes, below(bytes.length + 1), below(2) === 0 ? 0 : 1 + below(8), Buffer.alloc(below(5), below(256))),
  (bytes, below) => bytes.subarray(0, below(bytes.length + 1)),
  (bytes, below) => splice(bytes, below(bytes.length + 1), 0, part(bytes, below)),
  (bytes, below, others) =>
    splice(bytes, below(bytes.length + 1), below(16), part(pick(others, below) ?? bytes, below)),
  (bytes, below, _, words) =>
    splice(bytes, below(bytes.length + 1), below(2) * below(8), Buffer.from(pick(words, below) ?? '')),
  (bytes, below) => {
    const decimal = String(pick(limits, below) ?? 0);
    return splice(bytes, below(bytes.length + 1), below(4), Buffer.from(below(3) === 0 ? `-${decimal}` : decimal));
  },
];

/** Longest input: what is longer finds little that a shorter one does not, and takes its time. */
const mostBytes = 4096;

export const mutate = (bytes: Buffer, others: readonly Buffer[], words: readonly string[], below: Below): Buffer => {
  let result = bytes;
  for (let times = 1 + below(4); times > 0; times -= 1)
    result = pick(mutations, below)?.(result, below, others, words) ?? result;
  return Buffer.from(result.subarray(0, mostBytes));
};
