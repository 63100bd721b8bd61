// The page of a director with thousands of real servers: it draws few of them, and finds any.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { milliseconds } from '../../base/units.ts';
import { controlGreeting, greetingHeaders } from '../../controller/control/greeting.ts';
import type { Status } from '../../controller/control/status.ts';
import { installedVersion } from '../../controller/processes/program.ts';
import { until } from '../netns/namespaces.ts';
import { busyStatus } from '../unit/controller/control/busy-status.ts';
import { type OpenPage, openBrowser, openUi, visit } from './pair.ts';

const [services, each] = [10, 200];

const bigStatus = (): Status => {
  const { services: few, routers, ...rest } = busyStatus();
  const [service] = few;
  assert.ok(service !== undefined);
  const [server] = service.servers;
  assert.ok(server !== undefined);
  const list = Array.from({ length: services }, (_, at) => ({
    ...service,
    name: `web${at}`,
    servers: Array.from({ length: each }, (__, index) => ({
      ...server,
      name: `rs-${at}-${index}`,
      health: at === 7 && index === 150 ? ('down' as const) : ('up' as const),
      drained: false,
    })),
  }));
  const entry = { addresses: ['192.0.2.200/32'], lasted: milliseconds(5000), reason: 'its services have their quorum' };
  const anycast = {
    interface: 'regent',
    lease: 3,
    addresses: [
      { ...entry, name: 'edge', state: 'announced' as const },
      { ...entry, name: 'core', state: 'draining' as const, left: 60_000 },
    ],
  };
  return {
    ...rest,
    anycast,
    warnings: [],
    routers: routers.map((router) => ({ ...router, rivals: [] })),
    services: list,
  };
};

/** Answers as the control socket of a director does. */
const serveStatus = (path: string, status: Status): Server => {
  const text = `${JSON.stringify(status)}\n`;
  return createServer((incoming, response) => {
    for (const [name, value] of Object.entries(greetingHeaders(controlGreeting(installedVersion()))))
      response.setHeader(name, value);
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.flushHeaders();
    if (incoming.url?.startsWith('/v1/status') !== true) return;
    response.write(text);
    const teller = setInterval(() => response.write(text), 1000);
    response.on('close', () => clearInterval(teller));
  }).listen(path);
};

describe('the page of thousands of servers', () => {
  let folder = '';
  let server: Server;
  let ui: OpenPage;
  let browser: Browser;
  let page: Page;
  const rows = (): Promise<number> => page.locator('.servers tbody tr').count();

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'regent-many-'));
    const socket = join(folder, 'control.sock');
    server = serveStatus(socket, bigStatus());
    [ui, browser] = await Promise.all([openUi('--from', socket), openBrowser()]);
    page = await visit(browser, ui);
    await page.waitForSelector('.service');
  });
  after(async () => {
    ui?.child.removeAllListeners('close');
    ui?.child.kill();
    await browser?.close();
    server?.close();
    server?.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });

  it('draws no server until it is asked to, and says where one is down', async () => {
    assert.equal(await rows(), 0);
    assert.match(
      String(await page.getByRole('banner').textContent()).replaceAll('\n', ' '),
      /Real server rs-7-150 is down/,
    );
    assert.equal(await page.locator('.service summary', { hasText: '1 down' }).count(), 1);
  });
  it('shows which anycast addresses the director announces', async () => {
    const table = page.getByRole('table', { name: 'Anycast addresses of lb0' });
    assert.match(String(await table.getByRole('row', { name: /edge/ }).textContent()), /announced.*quorum/s);
    assert.match(
      String(await table.getByRole('row', { name: /core/ }).textContent()),
      /draining.*until its drain ends: 1m 0s/s,
    );
    assert.match(
      String(await page.getByRole('banner').textContent()),
      /core is announced by no director.*lb0 announces edge/s,
    );
  });
  it('draws the servers of a service a part at a time', async () => {
    await page.locator('.service summary').first().press('Enter');
    await until('a part is drawn', async () => (await rows()) === 100);
    await page.getByRole('button', { name: 'Show more of 100 further servers of web0' }).click();
    await until('all are drawn', async () => (await rows()) === each);
    await page.locator('.service summary').first().click();
    await until('it is folded', async () => (await rows()) === 0);
  });
  it('finds servers by state and by name', async () => {
    await page.getByRole('checkbox', { name: /take no connections/ }).check();
    await until('it alone is shown', async () => (await rows()) === 1);
    await page.getByRole('checkbox', { name: /take no connections/ }).uncheck();
    await page.getByRole('searchbox', { name: 'Server' }).fill('rs-4-19');
    await until('those are shown', async () => (await rows()) === 11);
    await page.getByRole('searchbox', { name: 'Server' }).fill('nothing');
    await page.getByText('No such server.').waitFor();
  });
});
