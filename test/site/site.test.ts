// The site of the documentation in a browser: every page fits a telephone and a wide screen, search finds, nothing comes from elsewhere.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { globSync } from 'tinyglobby';
import { until } from '../netns/namespaces.ts';
import { openBrowser } from '../ui/pair.ts';

const folder = 'dist/site';
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};
const pages = globSync('**/*.html', { cwd: folder })
  .filter((name) => name !== '404.html')
  .sort();

describe('the site of the documentation', function () {
  this.timeout(300_000);
  let browser: Browser;
  let server: Server;

  before(async () => {
    server = createServer(({ url = '/' }, response) => {
      const { pathname } = new URL(url, 'http://site');
      const file = join(folder, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
      try {
        const body = readFileSync(file);
        response.writeHead(200, { 'content-type': types[extname(file)] ?? 'text/plain; charset=utf-8' }).end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    server?.close();
  });

  const home = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  /** Opens pages at a width; what they ask of others, or cannot load, is a fault. */
  const browse = async (width: number, look: (page: Page) => Promise<void>): Promise<void> => {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    const faults: string[] = [];
    page.on('pageerror', ({ message }) => faults.push(message));
    page.on('request', (request) => request.url().startsWith(home()) || faults.push(`asks for ${request.url()}`));
    page.on('response', (answer) => answer.status() < 400 || faults.push(`${answer.status()} ${answer.url()}`));
    await look(page);
    await page.close();
    assert.deepEqual(faults, []);
  };

  it('has every page of docs/', () => {
    const written = globSync('**/*.md', { cwd: 'docs' }).map((name) =>
      name.replace(/README\.md$/, 'index.html').replace(/\.md$/, '.html'),
    );
    assert.deepEqual(pages, written.sort());
  });

  for (const width of [380, 1440])
    it(`fits ${width} pixels`, async () => {
      await browse(width, async (page) => {
        for (const name of pages) {
          await page.goto(`${home()}/${name}`);
          const wide = await page.evaluate(
            'document.documentElement.scrollWidth - document.documentElement.clientWidth',
          );
          assert.equal(wide, 0, `${name} is too wide by ${wide} pixels`);
          assert.ok((await page.locator('main h1').count()) === 1, `${name} has no title`);
        }
      });
    });

  it('finds what is searched for', async () => {
    await browse(1440, async (page) => {
      await page.goto(`${home()}/index.html`);
      await page.locator('.VPNavBarSearch button').first().click();
      await page.locator('.VPLocalSearchBox input').fill('preempt_wait');
      const results = page.locator('.VPLocalSearchBox .result');
      await until('there are results', async () => (await results.count()) > 0, 60_000);
      await results.first().click();
      await until('a page is open', async () => /\w+\.html/.test(page.url()) && !page.url().includes('index'), 60_000);
      // The address changes before the page does.
      const shown = async (): Promise<string> => (await page.locator('main').textContent()) ?? '';
      await until('it has what was searched for', async () => (await shown()).includes('preempt_wait'), 60_000);
    });
  });

  it('shows the files that pages link to', async () => {
    await browse(1440, async (page) => {
      await page.goto(`${home()}/lab.html`);
      await page.locator('main a[href*="/files/config-lb0.yaml"]').first().click();
      await until(
        'the file is shown',
        async () => ((await page.locator('body').textContent()) ?? '').includes('director: lb0'),
        60_000,
      );
    });
  });
});
