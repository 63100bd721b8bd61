// The announcements: when they are due, and that evidence of confusion raises no storm.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import {
  announceOnEvidence,
  announceTakeover,
  nextAnnouncement,
  takeDue,
} from '../../../../vrrp/announce/announcement.ts';

const at = (value: number): Instant => value as Instant;
const never = milliseconds(0);

describe('announcements', () => {
  it('come at once and again 1.1 s after a takeover', () => {
    const taken = announceTakeover(at(50));
    assert.deepEqual(taken, { due: [1150], last: 50 });
    assert.equal(nextAnnouncement(taken), 1150);
  });

  it('wait until they are due', () => {
    const waiting = { due: [at(1100)], last: at(0) };
    assert.deepEqual(takeDue(waiting, at(1099), never), [false, waiting]);
  });

  it('end after the second without a refresh', () => {
    const [isNow, left] = takeDue({ due: [at(1100)], last: at(0) }, at(1100), never);
    assert.deepEqual([isNow, left, nextAnnouncement(left)], [true, { due: [], last: 1100 }, undefined]);
  });

  it('go on with the refresh', () =>
    assert.deepEqual(takeDue({ due: [at(1100)] }, at(1100), milliseconds(30_000)), [
      true,
      { due: [31_100], last: 1100 },
    ]));

  it('are one where several are overdue', () =>
    assert.deepEqual(takeDue(announceTakeover(at(0)), at(2000), never), [true, { due: [], last: 2000 }]));

  it('come at once on evidence where the last is long ago', () => {
    const announcements = announceOnEvidence({ due: [at(31_100)], last: at(1100) }, at(5000));
    assert.deepEqual(announcements, { due: [5000, 31_100], last: 1100 });
  });

  it('come a second after the last on early evidence', () =>
    assert.deepEqual(announceOnEvidence({ due: [], last: at(1100) }, at(1500)), { due: [2100], last: 1100 }));

  it('are not doubled by evidence where one is coming', () => {
    const coming = { due: [at(2100)], last: at(1100) };
    assert.deepEqual(announceOnEvidence(coming, at(1600)), coming);
  });

  it('keep a second apart in a storm of evidence', () => {
    let announcements = takeDue({ due: [at(0)] }, at(0), never)[1];
    const announced: number[] = [];
    for (let now = 10; now <= 5000; now += 10) {
      const [isNow, left] = takeDue(announceOnEvidence(announcements, at(now)), at(now), never);
      if (isNow) announced.push(now);
      announcements = left;
    }
    assert.deepEqual(announced, [1000, 2000, 3000, 4000, 5000]);
  });
});
