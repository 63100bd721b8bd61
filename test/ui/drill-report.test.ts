// The report of a drill in a browser: it asks for nothing, has the numbers of its JSON, zooms, and follows its log.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { parseRecording, type Run } from '../../drill/recording/recording.ts';
import { program } from '../netns/controller/operated-director.ts';
import { until } from '../netns/namespaces.ts';
import { openBrowser } from './pair.ts';

/** A cut of lb0 in the lab, on a busy machine. */
const recorded = fileURLToPath(new URL('../../../test/ui/cut-lb0.recording', import.meta.url));

/** The outage again, without the program: the longest wait from the cut for an answer. */
const countOutage = ({ requests, steps }: Run): number => {
  const cut = steps[1]?.began ?? 0;
  const end = steps[1]?.ended ?? 0;
  const answers = requests
    .filter(([, , , good]) => good === 1)
    .map(([start, duration]) => start + duration)
    .filter((time) => time > cut && time < end)
    .sort((one, other) => one - other);
  return Math.max(...answers.map((time, index) => time - (answers[index - 1] ?? cut)));
};

describe('the report of a drill', () => {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), 'regent-drill-report-'));
  const report = join(folder, 'report.html');
  const [run] = parseRecording(readFileSync(recorded, 'utf8')).runs;
  assert.ok(run);

  before(async () => {
    execFileSync(process.execPath, [program, 'drill', 'report', recorded, '--report', report]);
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  const open = async (width: number, check: (page: Page) => Promise<void>): Promise<void> => {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    const faults: string[] = [];
    page.on('pageerror', ({ message }) => faults.push(message));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
    page.on('request', (request) => request.url().startsWith('file:') || faults.push(`asks for ${request.url()}`));
    await page.goto(pathToFileURL(report).href);
    await check(page);
    assert.deepEqual(faults, []);
    await page.close();
  };
  const drawn = (page: Page): Promise<void> =>
    until('the charts are drawn', async () => (await page.locator('canvas').count()) === 4, 60_000);

  for (const width of [380, 768, 1440])
    it(`draws at ${width} px, no wider than that`, () =>
      open(width, async (page) => {
        await drawn(page);
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
        // Moments are below each other.
        const edges = '[...document.querySelectorAll(".u-over")].map((over) => over.getBoundingClientRect().left)';
        assert.equal(new Set((await page.evaluate(edges)) as number[]).size, 1);
      }));

  it('is small enough for an e-mail', () => assert.ok(statSync(report).size < 400_000));

  it('has the numbers of its JSON', () =>
    open(1024, async (page) => {
      const made = run.requests.length;
      const failed = run.requests.filter(([, , , good]) => good === 0).length;
      assert.equal(await page.locator('#outage').textContent(), `${Math.round(countOutage(run))} ms`);
      const all = await page.locator('tr', { hasText: 'all' }).first().locator('td').allTextContents();
      assert.deepEqual(all.slice(0, 3), ['all', String(made), String(failed)]);
    }));

  it('zooms all charts by a drag, and back by a double click', () =>
    open(1024, async (page) => {
      await drawn(page);
      const axes = 'JSON.stringify([...document.querySelectorAll(".chart")].map((chart) => chart.dataset.span))';
      const before = (await page.evaluate(axes)) as string;
      const over = page.locator('.u-over').nth(1);
      await over.scrollIntoViewIfNeeded();
      const box = await over.boundingBox();
      assert.ok(box);
      const y = box.y + box.height / 2;
      await page.mouse.move(box.x + box.width * 0.3, y);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.5, y, { steps: 5 });
      await page.mouse.up();
      await until(
        'all are zoomed',
        async () => {
          const spans = JSON.parse((await page.evaluate(axes)) as string) as string[];
          return new Set(spans).size === 1 && JSON.stringify(spans) !== before;
        },
        5000,
      );
      await over.dblclick();
      await until('all are as before', async () => (await page.evaluate(axes)) === before, 30_000);
    }));

  it('moves the cursor by a click on a line of the log', () =>
    open(1024, async (page) => {
      await drawn(page);
      const line = page.locator('.log [data-time]').nth(12);
      const time = await line.getAttribute('data-time');
      await line.click();
      assert.match((await page.locator('.readout').textContent()) ?? '', new RegExp(`^${time} s · request at`));
    }));

  it('has its charts on paper', () =>
    open(720, async (page) => {
      await drawn(page);
      await page.emulateMedia({ media: 'print' });
      assert.equal(await page.locator('.live').first().isVisible(), false);
      assert.equal(await page.locator('.still svg').first().isVisible(), true);
    }));
});
