// When the kernel is asked for the source of a half-open probe, and when its last answer is taken again.

import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { openDestinations } from '../../../../kernel/sockets/half-open-destinations.ts';
import type { HalfOpenLine } from '../../../../kernel/sockets/half-open-line.ts';
import { socketAddress } from '../../../../kernel/sockets/socket-address.ts';
import { kernelError } from '../../../../kernel/system/error.ts';
import { ip } from '../../../../net/ip-address.ts';

const server = { address: ip('10.0.0.9'), port: 80 };
const own = (last: number): Buffer => socketAddress(Buffer.from([10, 0, 0, last]), 0);

const open = (isWatched = true) => {
  const kernel = { asked: 0, source: own(1), changes: 0, now: 0 };
  const line = {
    family: 4,
    ports: [],
    sourceOf: (_: Buffer, from: Buffer | undefined) => {
      kernel.asked += 1;
      return from ?? kernel.source;
    },
  } as unknown as HalfOpenLine;
  const destinations = openDestinations({
    lineOf: () => line,
    scopeOf: () => undefined,
    watch: () => {
      if (!isWatched) throw kernelError('open a socket', constants.errno.EMFILE);
      return { count: () => kernel.changes, close: () => undefined };
    },
  });
  /** One probe. @returns the last byte of its source */
  const probe = (isAnswered = true, source?: string): number | undefined => {
    destinations.look();
    const [, found] = destinations.find(server, source === undefined ? undefined : ip(source), kernel.now);
    found.isAnswered = isAnswered;
    return found.syn[15];
  };
  return { kernel, probe };
};

describe('the source of a half-open probe', () => {
  it('is asked for once, as long as answers come', () => {
    const { kernel, probe } = open();
    assert.deepEqual([probe(), probe(), probe()], [1, 1, 1]);
    assert.equal(kernel.asked, 1);
  });

  it('is asked for again when the kernel reports a change', () => {
    const { kernel, probe } = open();
    probe();
    kernel.source = own(2);
    kernel.changes += 1;
    assert.equal(probe(), 2);
    probe();
    assert.equal(kernel.asked, 2);
  });

  it('is asked for again after a change that does not concern it, and once only', () => {
    const { kernel, probe } = open();
    probe();
    kernel.changes += 1;
    assert.deepEqual([probe(), probe()], [1, 1]);
    assert.equal(kernel.asked, 2);
  });

  it('is asked for again after a SYN without an answer', () => {
    const { kernel, probe } = open();
    probe(false);
    kernel.source = own(2);
    assert.equal(probe(), 2);
  });

  it('is asked for again after ten seconds', () => {
    const { kernel, probe } = open();
    probe();
    kernel.source = own(2);
    kernel.now = 9_999;
    assert.equal(probe(), 1);
    kernel.now = 10_000;
    assert.equal(probe(), 2);
  });

  it('follows a change of the configured source', () => {
    const { probe } = open();
    assert.deepEqual([probe(), probe(true, '10.0.0.3'), probe(true, '10.0.0.3'), probe()], [1, 3, 3, 1]);
  });

  it('is asked for each time where changes cannot be watched', () => {
    const { kernel, probe } = open(false);
    assert.deepEqual([probe(), probe()], [1, 1]);
    assert.equal(kernel.asked, 2);
  });
});
