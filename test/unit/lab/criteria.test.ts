// When a step holds and when it does not.

import { deepEqual, equal, match } from 'node:assert/strict';
import {
  answeredBy,
  backInTime,
  costsItsShare,
  lostCleanly,
  noneFailed,
  outlived,
  tookOverInTime,
} from '../../../lab/criteria.ts';
import type { Established } from '../../../lab/established.ts';
import type { Attempt } from '../../../lab/outage.ts';

const good = (start: number, server = 'rs0'): Attempt => ({ start, duration: 1, ok: true, server });
const bad = (start: number): Attempt => ({ start, duration: 1000, ok: false, error: 'no connection in time' });

describe('a takeover', () => {
  const rows = [
    { what: 'in time', restored: 4859, held: true },
    { what: 'a moment late', restored: 4861, held: false },
  ];
  for (const { what, restored, held } of rows) {
    it(`that is ${what} by the client ${held ? 'holds' : 'does not hold'}`, () => {
      equal(backInTime([bad(1010), good(restored)], 1000, 3609.375).held, held);
    });
  }

  it('that nobody noticed does not hold: the cut had no effect', () => {
    equal(backInTime([good(1010)], 1000, 3609.375).held, false);
  });

  it('that never ends does not hold', () => {
    equal(backInTime([bad(1010)], 1000, 3609.375).held, false);
  });

  const captured = [
    { what: 'when computed', advertised: 4610, announced: 4611, held: true },
    { what: 'too early', advertised: 4300, announced: 4611, held: false },
    { what: 'too late', advertised: 4870, announced: 4870, held: false },
    { what: 'with late ARP', advertised: 4610, announced: 4870, held: false },
  ];
  for (const { what, advertised, announced, held } of captured) {
    it(`captured ${what} ${held ? 'holds' : 'does not hold'}`, () => {
      const takeover = { from: 'lb0', to: 'lb1', cut: 1100, lastAdvertisement: 1000 } as const;
      const seen = { ...takeover, firstAdvertisement: advertised, firstAnnouncement: announced };
      equal(tookOverInTime(seen, 3609.375).held, held);
    });
  }

  it('of which the capture lacks a moment does not hold', () => {
    equal(tookOverInTime({ from: 'lb0', to: 'lb1', cut: 1100, lastAdvertisement: 1000 }, 3609.375).held, false);
  });
});

describe('a drain', () => {
  it('holds when no request failed', () => equal(noneFailed([good(1)]).held, true));
  it('does not hold when one failed, and says why', () => {
    const check = noneFailed([good(1), bad(2)]);
    equal(check.held, false);
    match(check.text, /1 of 2 requests failed: 1 x no connection in time/);
  });
  it('does not hold when nobody asked', () => equal(noneFailed([]).held, false));
  it('holds when the rest answers alone', () => equal(answeredBy([good(1, 'rs1')], ['rs1'], 'then').held, true));
  it('does not hold when the drained one still answers', () => {
    equal(answeredBy([good(1, 'rs1'), good(2)], ['rs1'], 'then').held, false);
  });
});

describe("a dead real server's cost", () => {
  // 3 x 1 s + 0.5 s; requests from the death at 1000 on for 5 s, the first ones failed.
  const requests = (pace: number, failures: number) =>
    Array.from({ length: 5000 / pace }, (_, index) => (index < failures ? bad : good)(1000 + index * pace));
  const rows = [
    { pace: 20, failures: 89, held: true },
    { pace: 20, failures: 90, held: false },
    // At half the pace only half as many may fail.
    { pace: 40, failures: 45, held: true },
    { pace: 40, failures: 46, held: false },
  ];
  for (const { pace, failures, held } of rows) {
    it(`of ${failures} requests at one every ${pace} ms ${held ? 'holds' : 'does not hold'}`, () => {
      equal(costsItsShare(requests(pace, failures), 1000, 3500, 0.5).held, held);
    });
  }
});

describe('established connections', () => {
  const kept = (receivedAt: number, ended?: string): Established => ({
    kind: 'keep-alive',
    receivedAt,
    ...(ended !== undefined && { ended }),
  });
  const download = (receivedAt: number): Established => ({ kind: 'download', receivedAt });

  const rows: readonly [string, readonly Established[], boolean[], string][] = [
    ['all heard', [kept(2), kept(2), download(2)], [true, true], '2 of 2 keep-alive connections go on'],
    ['one ended', [kept(2), kept(2, 'ECONNRESET'), download(2)], [false, true], '1 of 2 .* 1 ended by ECONNRESET'],
    ['one silent', [kept(2), kept(1), download(2)], [false, true], '1 of 2 .* 1 silent'],
    ['a silent download', [kept(2), download(1)], [true, false], '1 of 1 keep-alive connection goes on'],
    ['none', [], [false, false], '0 of 0'],
  ];
  for (const [what, connections, held, text] of rows)
    it(`that outlive an outage: ${what}`, () => {
      const checks = outlived(connections, 1);
      deepEqual(
        checks.map((check) => check.held),
        held,
      );
      match(checks[0]?.text ?? '', new RegExp(text));
    });

  it('that are lost must not hang, but for a download, and the reason is told', () => {
    const reset = kept(0, 'ECONNRESET');
    deepEqual(lostCleanly([reset, kept(2), download(0)], 1, 'why'), [
      { held: true, text: 'of 2 keep-alive connections 1 lost by ECONNRESET (why), 1 going on' },
      { held: true, text: 'of 1 download 1 silent (why)' },
    ]);
    equal(lostCleanly([reset, kept(1), download(0)], 1, 'why')[0]?.held, false);
  });
});
