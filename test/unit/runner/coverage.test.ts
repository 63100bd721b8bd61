// The coverage of each room.

import { deepEqual } from 'node:assert/strict';
import { coverageTable } from '../../../test/runner/coverage.ts';

const file = (total: number, covered: number) => ({ lines: { total, covered } });

describe('the coverage of unit tests', () => {
  it('is told a line a room, sub-rooms among it', () => {
    const summary = {
      total: file(999, 9),
      '/srv/regent/vrrp/router.ts': file(100, 90),
      '/srv/regent/vrrp/election/election.ts': file(200, 200),
      '/srv/regent/cli/run.ts': file(50, 0),
      '/srv/regent/cli/status.ts': file(50, 49),
    };
    deepEqual(coverageTable(summary, '/srv/regent'), [
      'cli           49 % of   100 lines, 1 of 2 files by no test',
      'vrrp          96 % of   300 lines',
    ]);
  });

  it('is not rounded up to all', () => {
    deepEqual(coverageTable({ '/p/net/arp.ts': file(1000, 999) }, '/p'), ['net           99 % of  1000 lines']);
  });

  it('leaves out what lies in no room', () => {
    deepEqual(coverageTable({ '/p/index.ts': file(1, 1), '/elsewhere/net/arp.ts': file(1, 1) }, '/p'), []);
  });
});
