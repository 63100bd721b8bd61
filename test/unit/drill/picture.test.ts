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
});
