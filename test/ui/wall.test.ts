// The page as a wall screen, served by a director to another host: read only, by TLS and a password, with its peer beside it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { until } from '../netns/namespaces.ts';
import { closeHosts, signal } from '../netns/vrrp/hosts.ts';
import { type Authority, createAuthority } from '../servers/certificates.ts';
import { faultsOf, openBrowser, ownAddresses, type Pair, startPair } from './pair.ts';

// Of "sesame", with 2^4 rounds.
const hash = '$2y$04$Sot2jX0urrb8LXSbgCMAcO7YvGMDwkBYWRZy0S4jpPsQiEjN7Z8O2';

describe('the page as a wall screen', () => {
  let authority: Authority;
  let pair: Pair;
  let bridge: Server;
  let browser: Browser;
  let page: Page;
  const url = `https://${ownAddresses[0]}:9184/page/`;
  const textOf = async (locator: Locator): Promise<string> => (await locator.allInnerTexts()).join(' ');
  const textWhen = (locator: Locator, wanted: RegExp): Promise<void> =>
    until(`the page shows ${wanted.source}`, async () => wanted.test(await textOf(locator)), 15_000);
  const director = (name: string): Locator => page.getByRole('article', { name: `Director ${name}` });
  /** The answer to a client on the other host. */
  const curl = (path: string, ...args: string[]): string =>
    spawnSync(
      'ip',
      [
        ...['netns', 'exec', pair.hosts[1].namespace.name, 'curl', '-s', '-i', '-m', '10', '--cacert', authority.ca],
        ...args,
        new URL(path, url).href,
      ],
      { encoding: 'utf8' },
    ).stdout;
  const user = ['-u', 'screen:sesame'];

  /** Leads from a port of this host, where the browser is, to the director as the other director's host reaches it. */
  const openBridge = (): Server => {
    const [, there] = pair.hosts;
    const path = join(there.directory, 'bridge.sock');
    const lead = `require('node:net').createServer((here) => {
      const there = require('node:net').connect(9184, '${ownAddresses[0]}');
      for (const [one, other] of [[here, there], [there, here]]) one.on('error', () => other.destroy()).pipe(other);
    }).listen('${path}')`;
    there.start(process.execPath, '-e', lead);
    return createServer((here) => {
      const end = connect(path);
      for (const [one, other] of [
        [here, end],
        [end, here],
      ] as const)
        one.on('error', () => other.destroy()).pipe(other);
    }).listen(0, '127.0.0.1');
  };

  before(async () => {
    authority = createAuthority();
    const { certificate, key } = authority.issue([...ownAddresses]);
    pair = await startPair('250ms', (index) => ({
      metrics: {
        listen: `${ownAddresses[index]}:9184`,
        tls_server_config: { cert_file: certificate, key_file: key },
        basic_auth_users: { screen: hash },
        page: index === 0,
      },
    }));
    bridge = openBridge();
    browser = await openBrowser();
    const context = await browser.newContext({
      ignoreHTTPSErrors: true,
      httpCredentials: { username: 'screen', password: 'sesame' },
      viewport: { width: 1024, height: 800 },
    });
    page = await context.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(`https://127.0.0.1:${(bridge.address() as AddressInfo).port}/page/`);
    await page.waitForSelector('.director h3');
  });
  after(async () => {
    await browser?.close();
    bridge?.close();
    await closeHosts();
    authority?.remove();
  });

  it('shows both directors, the services and the last transitions, and offers no command', async () => {
    await textWhen(page.getByRole('banner'), /lb0 is master of vip and gateway/);
    await textWhen(director('lb0'), /master[\s\S]*vip[\s\S]*150/);
    await textWhen(director('lb1'), /backup[\s\S]*vip[\s\S]*100/);
    await textWhen(page.getByRole('table', { name: /Real servers of web/ }), /rs0[\s\S]*up/);
    await textWhen(page.getByRole('region', { name: 'Last transitions' }), /lb0 (vip|gateway)[\s\S]*master/);
    await textWhen(page.getByRole('list', { name: 'Events' }), /lb1/);
    assert.equal(await page.getByRole('button', { name: /drain|weight|hand over/i }).count(), 0);
    assert.deepEqual(await faultsOf(page), []);
  });

  it('refuses all who have no password, every command, and pages of other origins', () => {
    for (const path of ['/page/', '/page', '/page/page.js', '/page/stream', '/page/nothing'])
      assert.match(curl(path), /^HTTP\/1.1 401/, path);
    assert.match(curl('/page', ...user), /^HTTP\/1.1 308[\s\S]*location: \/page\//);
    assert.match(curl('/', ...user), /href="\/page\/"/);
    assert.match(curl('/page/', ...user), /^HTTP\/1.1 200[\s\S]*frame-ancestors 'none'/);
    assert.match(curl('/page/?x=y', ...user, '--head'), /^HTTP\/1.1 200/);
    assert.match(curl('/page/nothing', ...user), /^HTTP\/1.1 404/);
    for (const path of ['/page/command', '/page/plan', '/page/stream'])
      assert.match(curl(path, ...user, '-X', 'POST', '-d', '{}'), /^HTTP\/1.1 405/, path);
    for (const site of ['cross-site', 'same-site'])
      assert.match(curl('/page/stream', ...user, '-H', `sec-fetch-site: ${site}`), /^HTTP\/1.1 403/);
  });

  it('is not there where it is not configured', () =>
    assert.match(curl(`https://${ownAddresses[1]}:9184/page/`, ...user), /^HTTP\/1.1 404/));

  it('shows a peer that hangs as not known, and not as the backup that it was', async () => {
    const { pid = 0 } = pair.directors.get(pair.hosts[1]) ?? {};
    signal(pid, 'SIGSTOP');
    await textWhen(director('lb1'), /not known/i);
    assert.doesNotMatch(await textOf(director('lb1')), /backup|vip|100/);
    await textWhen(director('lb0'), /master[\s\S]*vip/);
    signal(pid, 'SIGCONT');
    await textWhen(director('lb1'), /backup[\s\S]*vip/);
  });

  it('knows nothing once its own director hangs', async () => {
    const { pid = 0 } = pair.directors.get(pair.hosts[0]) ?? {};
    signal(pid, 'SIGSTOP');
    await textWhen(page.getByRole('banner'), /no director answers/);
    for (const name of ['lb0', 'lb1']) assert.doesNotMatch(await textOf(director(name)), /\bvip\b/);
    signal(pid, 'SIGCONT');
    await textWhen(page.getByRole('banner'), /lb0 is master of vip and gateway/);
  });

  it('streams to a client that is no browser, too', () =>
    until('it does', () =>
      /^HTTP\/1.1 200[\s\S]*"readOnly":true[\s\S]*"name":"lb1"/.test(curl('/page/stream', ...user, '-m', '3')),
    ));
});
