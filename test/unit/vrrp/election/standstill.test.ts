// A host that stood still: who is due bears with those who stood still with it, and no longer than needed.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../../base/units.ts';
import type { RouterState } from '../../../../vrrp/election/router-state.ts';
import { pauseOf } from '../../../../vrrp/election/standstill.ts';
import { at, master, owner, self } from '../one-router.ts';

/** Due at 100. */
const backupOf = (interval: number): RouterState => ({
  name: 'backup',
  deadline: at(100),
  masterInterval: milliseconds(interval),
});
const fast = { ...self, interval: milliseconds(10) };

describe('a router that is due', () => {
  for (const [who, own, state, now, stood, pause] of [
    ['a backup on time', fast, backupOf(10), 100.2, 0.2, 0],
    ['a backup that was late within the grain of timers', fast, backupOf(10), 101, 1, 0],
    ['a backup that stood still until just before it was due', fast, backupOf(10), 100, 2, 20],
    ['a backup that stood still beyond that', fast, backupOf(10), 140, 0, 20],
    ['a backup of a slow master that was late by a little', self, backupOf(1000), 119, 19, 0],
    ['a backup of a slow master that stood still for a moment', self, backupOf(1000), 150, 50, 1],
    ['a backup at 100 ms that was late by a little', self, backupOf(100), 104, 4, 0],
    ['a backup of a slow master that stood still for long', self, backupOf(1000), 800, 700, 700],
    [
      'a backup of a slow master that slept: as a master that slept, it listens',
      self,
      backupOf(1000),
      9000,
      8900,
      1500,
    ],
    ['a master on its beat', self, master, 1000, 0, 0],
    ['a master that stood still, and was not replaced', self, master, 2999, 1999, 0],
    ['a master that may have been replaced', self, master, 3000, 2000, 1],
    ['an owner', owner, master, 3000, 2000, 0],
    ['who leaves', self, { name: 'leaving', deadline: at(100) }, 200, 100, 0],
  ] as const)
    it(`waits ${pause} ms: ${who}`, () => assert.equal(pauseOf(own, state, at(now), milliseconds(stood)), pause));
});
