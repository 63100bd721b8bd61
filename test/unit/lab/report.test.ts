// The report, to the letter.

import { deepEqual, equal } from 'node:assert/strict';
import { plain } from '../../../lab/log.ts';
import { formatOutage, type Report, renderReport, renderTable } from '../../../lab/report.ts';

const requests = { made: 271, failed: 157, answered: { rs0: 57, rs1: 57 }, errors: { 'no connection in time': 157 } };
const report: Report = {
  profile: 'gateway',
  held: false,
  began: '2026-11-23T04:00:00.000Z',
  took: 9000,
  steps: [
    { name: 'regent starts', expected: 'lb0 is master', seen: 'it is', held: true, took: 1234 },
    { name: 'Cut lb0 off', expected: 'back', seen: 'NOT back', held: false, took: 6000, outage: 3612, requests },
  ],
  takeover: {
    from: 'lb0',
    to: 'lb1',
    cut: 1_000_400,
    lastAdvertisement: 1_000_000,
    addressAdded: 1_003_610.5,
    firstAnnouncement: 1_003_610.75,
    firstAdvertisement: 1_003_611,
    masterDown: 3609.375,
    formula: '3 x 1 s + 156/256 of it = 3.609 s',
  },
};

const rendered = `
regent lab, profile gateway: 9.0 s

✔ 1. regent starts
     expected  lb0 is master
     seen      it is
✘ 2. Cut lb0 off
     expected  back
     seen      NOT back

   step           held   outage  requests  failed  rs0  rs1   took
─  ─────────────  ────  ───────  ────────  ──────  ───  ───  ─────
1  regent starts  yes                                        1.2 s
2  Cut lb0 off    NO    3612 ms       271     157   57   57  6.0 s

Takeover of lb1 after the cut of lb0

since last adv.  since the cut  moment
───────────────  ─────────────  ───────────────────────────────────────────────────────────────────
         0.0 ms      -400.0 ms  last advertisement of lb0
       400.0 ms         0.0 ms  lb0 cut off
      3609.4 ms      3209.4 ms  master down interval of lb1 ends: 3 x 1 s + 156/256 of it = 3.609 s
      3610.5 ms      3210.5 ms  lb1 holds the VIP
      3610.8 ms      3210.8 ms  first gratuitous ARP of lb1 on the client's network
      3611.0 ms      3211.0 ms  first advertisement of lb1
       not seen                 first request that was answered for good

1 of 2 steps held
`;

describe('the report', () => {
  it('reads well', () => equal(renderReport(report, plain), rendered));

  it('survives JSON', () => deepEqual(JSON.parse(JSON.stringify(report)), report));

  it('has no line that ends in blanks, whatever the cells', () => {
    const lines = renderTable(
      ['a', 'b'],
      ['left', 'left'],
      [
        ['long cell', ''],
        ['', 'x'],
      ],
    );
    deepEqual(lines, ['a          b', '─────────  ─', 'long cell', '           x']);
  });

  const rows = [
    { outage: undefined, text: '' },
    { outage: 0, text: '0 ms' },
    { outage: 3611.6, text: '3612 ms' },
    { outage: null, text: 'not back' },
  ];
  for (const { outage, text } of rows) {
    it(`writes an outage of ${outage} as '${text}'`, () => equal(formatOutage(outage), text));
  }
});
