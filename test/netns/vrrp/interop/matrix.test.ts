// regent and keepalived in one election: every way to speak, every setting, every course of events, and in each row one master.

import assert from 'node:assert/strict';
import { keepalivedProgram, versions } from '../keepalived-versions.ts';
import { type Course, courses } from './courses.ts';
import { rows } from './rows.ts';
import { type Verdict, walk } from './stage.ts';

const ways = [
  '2, IPv4, multicast',
  '2, IPv4, unicast',
  '3, IPv4, multicast',
  '3, IPv4, unicast',
  '3, IPv6, multicast',
  '3, IPv6, unicast',
];
const version2 = ways.slice(0, 2);
const version3 = ways.slice(2);
/** What there must be a row for, and over which ways. */
const wanted: Readonly<Record<string, readonly string[]>> = {
  'regent ranks higher': ways,
  'keepalived ranks higher': ways,
  'equal priorities': ways,
  'regent ranks higher and does not preempt': ways,
  'keepalived ranks higher and does not preempt': ways,
  'regent owns the address': ways,
  'keepalived owns the address': ways,
  'a password, regent ranks higher': version2,
  'a password, keepalived ranks higher': version2,
  'keepalived learns a longer interval': version3,
  'regent learns a longer interval': version3,
  'regent sums as RFC 9568, keepalived as RFC 5798 and ranks higher': version3.slice(0, 2),
  'no address is link-local, as keepalived allows': ['3, IPv6, multicast'],
  'keepalived leaves its hop limit to the kernel, regent takes 64': ['3, IPv6, unicast'],
};
const ends = [
  'says farewell, and returns',
  'is killed, and returns',
  'freezes, and thaws',
  'is given other priorities',
];

describe('the matrix of regent and keepalived', () => {
  it('has every row and every course', () => {
    const names = Object.entries(wanted).flatMap(([name, over]) => over.map((way) => `version ${way}: ${name}`));
    assert.deepEqual(rows.map(({ name }) => name).sort(), names.sort());
    const walks = ['regent', 'keepalived'].flatMap((who) => ends.map((end) => `${who} is first, ${end}`));
    assert.deepEqual(courses.map(({ name }) => name).sort(), walks.sort());
  });
});

// One version after the other: each has sixteen hosts that start at once.
for (const version of versions)
  describe(`regent and keepalived ${version}`, function () {
    // All courses are walked at once, each on hosts of its own: they mostly wait.
    this.timeout(120_000);
    const verdicts = new Map<Course, Promise<Verdict>>();
    before(() => {
      keepalivedProgram(version);
      for (const course of courses) {
        const verdict = walk(course, rows, version);
        // The rows are told why it failed.
        verdict.catch(() => undefined);
        verdicts.set(course, verdict);
      }
    });
    // What a walk has started is ended by it, also where only some rows are asked for.
    after(() => Promise.allSettled(verdicts.values()));

    for (const course of courses)
      describe(course.name, () => {
        for (const row of rows) it(row.name, async () => assert.deepEqual((await verdicts.get(course))?.get(row), []));
      });
  });
