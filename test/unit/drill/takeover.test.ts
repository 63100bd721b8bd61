// Takeovers, and frames that a network did not have, from played events.

import assert from 'node:assert/strict';
import { lostFrames } from '../../../drill/recording/lost.ts';
import type { Event } from '../../../drill/recording/recording.ts';
import { takeoverOf } from '../../../drill/run/takeover.ts';

const advertisement = (time: number, by: string, priority = 150, router = 51): Event => ({
  type: 'advertisement',
  time,
  by,
  network: '55',
  router,
  priority,
});
const address = '192.0.2.1';
const added = (time: number, by: string): Event => ({ type: 'address', time, by, address, held: true });
const arp = (time: number, by: string): Event => ({ type: 'arp', time, by, network: '55', address });
const log = (time: number, by: string, message: string): Event => ({ type: 'log', time, by, level: 'info', message });

const find = (events: readonly Event[], more: Partial<Parameters<typeof takeoverOf>[1]> = {}) =>
  takeoverOf(events, {
    directors: ['lb0', 'lb1'],
    fault: 1500,
    until: 10_000,
    address,
    masterDowns: { lb0: 3400, lb1: 3600 },
    interval: 1000,
    firstAnswer: 4650,
    ...more,
  });

describe('a takeover', () => {
  const before = [advertisement(0, 'lb0'), advertisement(1000, 'lb0')];
  const after = [added(4602, 'lb1'), arp(4603, 'lb1'), advertisement(4604, 'lb1'), advertisement(5604, 'lb1')];

  it('after silence has all its moments, and when it was due', () =>
    assert.deepEqual(
      find([
        ...before,
        ...after,
        log(4610, 'lb1', 'backup -> master: no master was heard; addresses after 2 ms, timer late by 1.3 ms'),
      ]),
      {
        from: 'lb0',
        to: 'lb1',
        fault: 1500,
        lastAdvertisement: 1000,
        due: 4600,
        late: 1.3,
        addressAdded: 4602,
        firstArp: 4603,
        firstAdvertisement: 4604,
        firstAnswer: 4650,
      },
    ));
  it('after a farewell was not due', () => {
    const found = find([...before, advertisement(1600, 'lb0', 0), added(1990, 'lb1'), advertisement(2000, 'lb1')]);
    assert.deepEqual([found?.lastAdvertisement, found?.due, found?.late], [1600, null, null]);
    const late = find([...before, advertisement(1600, 'lb0', 0), advertisement(5300, 'lb1')]);
    assert.deepEqual([late?.to, late?.due], ['lb1', null]);
  });
  it('by preemption was not due', () => {
    const found = find([advertisement(0, 'lb1', 100), advertisement(1000, 'lb1', 100), advertisement(1800, 'lb0')]);
    assert.deepEqual([found?.from, found?.to, found?.due], ['lb1', 'lb0', null]);
  });
  const inOrder = (...events: readonly Event[]): Event[] => events.toSorted((one, other) => one.time - other.time);
  /** Advertises each second. */
  const advertises = (by: string, from: number, to: number): Event[] =>
    Array.from({ length: Math.ceil((to - from) / 1000) }, (_, index) => advertisement(from + 1000 * index, by));
  it('is none while both advertise on', () =>
    assert.equal(
      find(inOrder(...before, ...advertises('lb1', 4604, 10_500), ...advertises('lb0', 5000, 10_500))),
      undefined,
    ));
  it('is one although the predecessor spoke once more', () => {
    for (const time of [4620, 4900])
      assert.equal(
        find(inOrder(...before, ...after, advertisement(time, 'lb0'), ...advertises('lb1', 6604, 9000)))?.to,
        'lb1',
      );
    assert.equal(find(inOrder(...before, ...after, advertisement(4620, 'lb0')))?.to, 'lb1');
  });
  it('comes after another that spoke once, and gave way', () => {
    const reign = [...advertises('lb1', 0, 5000), advertisement(5170, 'lb1'), advertisement(5180, 'lb1', 0)];
    const back = [advertisement(1552, 'lb0'), advertisement(1562, 'lb0', 0), ...advertises('lb0', 4996, 9000)];
    const found = find(inOrder(...reign, ...back));
    assert.deepEqual([found?.from, found?.to, found?.firstAdvertisement], ['lb1', 'lb0', 4996]);
  });
  it('is none by a foreign host, or of another router', () =>
    assert.equal(
      find([...before, advertisement(2000, 'a foreign host', 255), advertisement(2100, 'lb1', 100, 52)]),
      undefined,
    ));
  it('is none before the fault, nor after the step', () => {
    assert.equal(find([...before, ...after], { fault: 5000 }), undefined);
    assert.equal(find([...before, ...after], { until: 4000 }), undefined);
  });
});

describe('a lost frame', () => {
  const sent = (time: number, by = 'lb0', subject = 'router 51'): Event => ({
    type: 'sent',
    time,
    by,
    network: '55',
    subject,
  });
  const timesOf = (events: readonly Event[]) => lostFrames(events, 900).map(({ time }) => time);
  it('was sent, and did not pass the network', () =>
    assert.deepEqual(
      timesOf([sent(0), advertisement(0.1, 'lb0'), sent(1000), sent(2000), advertisement(2000.1, 'lb0')]),
      [1000],
    ));
  it('is none where the other capture saw it first, or a delayed one later', () => {
    assert.deepEqual(timesOf([advertisement(0, 'lb0'), sent(0.2)]), []);
    assert.deepEqual(timesOf([sent(0), advertisement(300, 'lb0'), sent(1000), advertisement(1300, 'lb0')]), []);
  });
  it('is not found in the frame of another router or director, or in an older one', () =>
    assert.deepEqual(
      timesOf([advertisement(0, 'lb0'), sent(500), advertisement(501, 'lb0', 150, 52), advertisement(502, 'lb1')]),
      [500],
    ));
  it('is each of two where one passed', () =>
    assert.deepEqual(timesOf([sent(0), sent(1), advertisement(1.1, 'lb0')]), [1]));
  it('is ARP, too', () => {
    assert.deepEqual(timesOf([sent(0, 'lb0', address), arp(0.1, 'lb0'), sent(5, 'lb0', address)]), [5]);
  });
});
