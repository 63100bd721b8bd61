// Which suites run beside each other.

import { deepEqual } from 'node:assert/strict';
import { type Load, startable } from '../../../test/runner/schedule.ts';

const suite = (name: string, load: Load) => ({ name, load });
const measured = suite('measured', 'alone');
const waits = suite('waits', 0.5);
const computes = suite('computes', 1);
const fills = suite('fills', 3);
const pure = suite('pure', 'rest');

describe('suites beside each other', () => {
  for (const { what, waiting, running = [], starts } of [
    { what: 'none of none', waiting: [], starts: [] },
    { what: 'all that two processors bear', waiting: [computes, waits, waits], starts: [computes, waits, waits] },
    { what: 'no more than that', waiting: [computes, waits, computes], starts: [computes, waits] },
    {
      what: 'none before an earlier suite that does not fit yet',
      waiting: [computes, computes, waits],
      running: [waits],
      starts: [computes],
    },
    {
      what: 'none where the first does not fit yet',
      waiting: [computes, waits],
      running: [computes, waits],
      starts: [],
    },
    { what: 'none beside what takes all', waiting: [waits], running: [fills], starts: [] },
    { what: 'one that takes more than all, when nothing runs', waiting: [fills, waits], starts: [fills] },
    { what: 'one that runs alone, when nothing runs', waiting: [measured, waits], starts: [measured] },
    { what: 'none before it, while others run', waiting: [measured, waits], running: [waits], starts: [] },
    { what: 'none beside it', waiting: [waits], running: [measured], starts: [] },
    {
      what: 'what takes the rest beside all that fits',
      waiting: [pure, computes, waits, waits],
      starts: [computes, waits, waits, pure],
    },
    { what: 'what takes the rest beside what takes all', waiting: [waits, pure], running: [fills], starts: [pure] },
    { what: 'one that takes the rest, not two', waiting: [pure, pure], starts: [pure] },
    { what: 'none that takes the rest beside another', waiting: [pure, waits], running: [pure], starts: [waits] },
    { what: 'none that takes the rest beside what runs alone', waiting: [pure], running: [measured], starts: [] },
    { what: 'none that runs alone before what takes the rest', waiting: [measured, pure], starts: [pure] },
    { what: 'none that runs alone beside what takes the rest', waiting: [measured], running: [pure], starts: [] },
    {
      what: 'one that takes more than all beside what takes the rest',
      waiting: [fills],
      running: [pure],
      starts: [fills],
    },
    { what: 'none that overtakes it', waiting: [waits, measured, computes], starts: [waits] },
  ])
    it(`start: ${what}`, () => deepEqual(startable(waiting, running, 2), starts));
});
