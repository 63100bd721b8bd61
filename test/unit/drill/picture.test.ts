// The picture of a report, and a report of a run that did not begin.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseRecording } from '../../../drill/recording/recording.ts';
import { drawReport } from '../../../drill/report/page.ts';
import { drawPicture } from '../../../drill/report/picture.ts';

const recording = parseRecording(
  readFileSync(fileURLToPath(new URL('../../../../test/ui/cut-lb0.recording', import.meta.url)), 'utf8'),
);

describe('the picture of a report', () => {
  const picture = drawPicture(recording);
  it('is light', () => assert.ok(picture.length < 200_000, String(picture.length)));
  it('has the verdict and the number', () =>
    assert.match(picture, /<title>drill short, regent: \w+, outage \d+ ms, limit \d+ ms<\/title>/));
  it('has all charts, below each other', () => {
    const places = [...picture.matchAll(/<svg x="0" y="([\d.]+)"[^>]*viewBox="0 0 960 ([\d.]+)"/g)].map((one) => [
      Number(one[1]),
      Number(one[2]),
    ]);
    assert.equal(places.length, 4 + (recording.runs[0]?.takeovers.length ?? 0));
    for (const [index, [y = 0, height = 0]] of places.entries())
      assert.ok(y + height < (places[index + 1]?.[0] ?? Number.POSITIVE_INFINITY));
  });
  it('loads nothing and runs nothing', () => assert.doesNotMatch(picture, /href=|<script|url\((?!#)/));
});

describe('a report', () => {
  it('of a run that did not begin has no outage', () => {
    const [run] = recording.runs;
    assert.ok(run);
    const empty = { steps: [], takeovers: [], requests: [], connections: [], events: [], addresses: [] };
    const page = drawReport(
      { ...recording, runs: [{ ...run, ...empty, took: 0, verdict: 'not begun', reason: 'no host boots' }] },
      { script: '', style: '' },
    );
    assert.match(page, /id="outage">–</);
    assert.match(page, /no host boots/);
  });
  it('of two programs has a headline of each', () => {
    const [run] = recording.runs;
    assert.ok(run);
    const both = { ...recording, runs: [run, { ...run, subject: 'keepalived' }] };
    const page = drawReport(both, { script: '', style: '' });
    assert.deepEqual(
      [...page.matchAll(/<p class="subject">(\w+)</g)].map(([, name]) => name),
      ['regent', 'keepalived'],
    );
    assert.match(page, /<td>keepalived<\/td><td>1 of 1<\/td>/);
  });
  it('draws each run against the limit of its own outage, and those without an end beyond all', () => {
    const [run] = recording.runs;
    assert.ok(run);
    const [steady, cut, mend] = run.steps;
    assert.ok(steady && cut && mend);
    const bound = { what: 'outage', expected: '', unit: 'time', text: '' } as const;
    const limited = (measured: number | null) => [{ ...bound, limit: 2500, measured, held: measured !== null }];
    const steps = [steady, cut, { ...mend, checks: limited(0) }];
    // The service does not come back after the second step.
    const lost = {
      ...run,
      number: 2,
      steps: [steady, cut, { ...mend, checks: limited(null) }],
      requests: run.requests.filter(([start, , , good]) => good === 0 || start < mend.began - 2000),
    };
    const failing = { ...lost, requests: [...lost.requests, [mend.began + 1, 1000, null, 0, 'late'] as const] };
    const page = drawReport({ ...recording, runs: [{ ...run, steps }, failing] }, { script: '', style: '' });
    const strip = page.slice(page.indexOf('Outage of each run'), page.indexOf('<table'));
    assert.match(strip, /<title>run 2: not back<\/title>/);
    // One limit, that of the cut.
    assert.equal(strip.match(/stroke-dasharray="4 3"[^>]*>(<line[^>]*>)(<\/line>)?(?!<line)/g)?.length, 1, strip);
  });
});
