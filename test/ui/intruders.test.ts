// Who may not: other users, other origins, names that are not the page's, a token that was used; and what read only forbids.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser } from 'playwright-core';
import { program } from '../netns/controller/operated-director.ts';
import { until } from '../netns/namespaces.ts';
import { type OpenPage, openBrowser, openUi, openUiWith } from './pair.ts';

type Answer = { readonly status: number; readonly headers: Readonly<Record<string, unknown>>; readonly text: string };

describe('the page refuses', () => {
  let ui: OpenPage;
  let cookie = '';
  let port = 0;

  const ask = (
    path: string,
    headers: Record<string, string> = {},
    method = 'GET',
    body?: string,
    at = port,
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asking = request({ host: '127.0.0.1', port: at, path, method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      asking.on('error', reject);
      asking.end(body);
    });
  const token = (): string => new URL(ui.address).search;

  before(async () => {
    ui = await openUi('--from', '/nowhere/control.sock');
    port = Number(new URL(ui.address).port);
  });
  after(() => {
    ui.child.removeAllListeners('close');
    ui.child.kill();
  });

  it('whoever has no session: another user of this host', async () => {
    for (const path of ['/', '/page.js', '/stream', '/report', '/plan'])
      assert.equal((await ask(path)).status, 401, path);
    assert.equal((await ask('/', { cookie: `regent-${port}=guess` })).status, 401);
    assert.equal((await ask('/?token=guess')).status, 403);
  });
  it('a name that is not its own, as DNS rebinding brings it, whatever else it brings', async () => {
    for (const host of [
      'attacker.example',
      `attacker.example:${port}`,
      `127.0.0.1.attacker.example:${port}`,
      `localhost.attacker.example`,
    ])
      assert.equal((await ask(`/${token()}`, { host })).status, 421, host);
  });
  it('to spend the token on a prefetch or a HEAD; then opens once, with a cookie that scripts and other sites do not get', async () => {
    assert.equal((await ask(`/${token()}`, { 'sec-purpose': 'prefetch' })).status, 403);
    assert.equal((await ask(`/${token()}`, {}, 'HEAD')).status, 403);
    const { status, headers } = await ask(`/${token()}`);
    assert.equal(status, 200);
    const [set = ''] = headers['set-cookie'] as string[];
    assert.match(set, /^regent-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
    cookie = set.split(';')[0] ?? '';
    assert.equal((await ask(`/${token()}`)).status, 403);
    assert.equal((await ask('/', { cookie })).status, 200);
  });
  it('with headers that keep the page to itself', async () => {
    const { headers } = await ask('/', { cookie });
    assert.match(String(headers['content-security-policy']), /default-src 'self'/);
    assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/);
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(headers['access-control-allow-origin'], undefined);
    assert.equal(headers['cache-control'], 'no-store');
  });

  it('to keep connections that say nothing or too much, while it answers others', async () => {
    const slow = Array.from({ length: 200 }, () => {
      const socket = connect(port, '127.0.0.1')
        .on('error', () => undefined)
        .resume();
      socket.write('GET / HTTP/1.1\r\nHost: 127');
      return socket;
    });
    assert.equal((await ask('/', { cookie })).status, 200);
    assert.equal((await ask('/', { cookie, big: 'x'.repeat(20_000) })).status, 431);
    assert.equal((await ask('/stream', { cookie }, 'HEAD')).status, 200);
    await until('they are closed', () => slow.every(({ readyState }) => readyState === 'closed'), 40_000);
  }).timeout(60_000);
  it('to show the token to those who look at its process', () => {
    const [, token = ''] = ui.address.split('token=');
    for (const file of ['cmdline', 'environ'])
      assert.ok(!readFileSync(`/proc/${ui.child.pid}/${file}`, 'utf8').includes(token), file);
  });

  it('a user who may not open the socket, and says that', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'regent-socket-'));
    const socket = join(folder, 'control.sock');
    const director = createServer().listen(socket);
    await once(director, 'listening');
    chmodSync(folder, 0o755);
    chmodSync(socket, 0o660);
    const words = [
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      process.execPath,
      program,
      'ui',
      '--from',
      socket,
    ];
    const child = spawn('setpriv', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [address = ''] = (await once(createInterface({ input: child.stdout }), 'line')) as string[];
      const url = new URL(address);
      const [set = ''] = (await ask(`/${url.search}`, {}, 'GET', undefined, Number(url.port))).headers[
        'set-cookie'
      ] as string[];
      const own = {
        cookie: set.split(';')[0] ?? '',
        origin: url.origin,
        'x-regent-page': '1',
        'content-type': 'application/json',
      };
      const body = JSON.stringify({ directors: [0], action: { do: 'drain', server: 'rs0' } });
      const { text } = await ask('/command', own, 'POST', body, Number(url.port));
      assert.match(text, /control\.sock: EACCES, only root and the socket's group may open it/);
    } finally {
      child.kill();
      director.close();
      rmSync(folder, { recursive: true });
    }
  });

  const order = JSON.stringify({ directors: [0], action: { do: 'drain', server: 'rs0' } });
  const own = (): Record<string, string> => ({
    cookie,
    origin: `http://127.0.0.1:${port}`,
    'x-regent-page': '1',
    'content-type': 'application/json',
  });
  for (const [what, change, status] of [
    ['an order of another origin', { origin: 'http://attacker.example' }, 403],
    ['an order of another port', { origin: 'http://127.0.0.1:1' }, 403],
    ['an order of no origin', { origin: undefined }, 403],
    ['an order of a sandboxed page', { origin: 'null' }, 403],
    ['an order without the header', { 'x-regent-page': undefined }, 403],
    ['an order as a form sends it', { 'content-type': 'text/plain' }, 415],
    ['an order without a session', { cookie: undefined }, 401],
    ['what the browser says is of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['what the browser says is of another port', { 'sec-fetch-site': 'same-site' }, 403],
  ] as const)
    it(what, async () => {
      const headers = Object.entries({ ...own(), ...change }).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      );
      assert.equal((await ask('/command', Object.fromEntries(headers), 'POST', order)).status, status);
    });
  it('what is no order', async () => {
    for (const body of ['', '{', '{}', '{"directors":[],"action":{"do":"drain","server":"rs0"}}', 'x'.repeat(100_000)])
      assert.equal((await ask('/command', own(), 'POST', body)).status, 400, body.slice(0, 60));
    assert.equal((await ask('/command', own(), 'PUT', order)).status, 405);
  });
  it('and names the director that does not answer to an order of its own', async () => {
    const { status, text } = await ask('/command', own(), 'POST', order);
    assert.equal(status, 200);
    assert.match(text, /Cannot reach the director/);
  });

  describe('in a browser,', () => {
    let browser: Browser;
    before(async () => {
      browser = await openBrowser();
    });
    after(() => browser.close());

    it('another origin that is open beside the page', async () => {
      const fresh = await openUi('--from', '/nowhere/control.sock');
      const site = createServer((_, response) =>
        response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello'),
      );
      await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
      try {
        const context = await browser.newContext();
        const page = await context.newPage();
        page.setDefaultTimeout(60_000);
        await page.goto(fresh.address);
        await page.waitForSelector('.director h3');
        assert.equal(page.url(), new URL('/', fresh.address).href, 'the token stays in no history');
        const other = await context.newPage();
        const outcome = async (name: string): Promise<unknown> => {
          await other.goto(`http://${name}:${(site.address() as AddressInfo).port}/`);
          const target = new URL('/', fresh.address).href;
          return other.evaluate(`Promise.all([
            fetch('${target}stream', { credentials: 'include' }).then((r) => r.status, () => 'refused'),
            fetch('${target}command', { method: 'POST', credentials: 'include', headers: { 'x-regent-page': '1', 'content-type': 'application/json' }, body: '{}' }).then((r) => r.status, () => 'refused'),
            new Promise((resolve) => { const source = new EventSource('${target}stream', { withCredentials: true }); source.onmessage = () => resolve('heard'); source.onerror = () => resolve('refused'); }),
          ])`);
        };
        for (const name of ['127.0.0.1', 'localhost'])
          assert.deepEqual(await outcome(name), ['refused', 'refused', 'refused'], name);
      } finally {
        site.close();
        site.closeAllConnections();
        fresh.child.removeAllListeners('close');
        fresh.child.kill();
      }
    });
  });

  it('orders where it is read only', async () => {
    const reading = await openUi('--from', '/nowhere/control.sock', '--read-only');
    try {
      port = Number(new URL(reading.address).port);
      const [set = ''] = (await ask(new URL(reading.address).search.replace(/^/, '/'))).headers[
        'set-cookie'
      ] as string[];
      cookie = set.split(';')[0] ?? '';
      assert.equal((await ask('/command', own(), 'POST', order)).status, 403);
    } finally {
      reading.child.removeAllListeners('close');
      reading.child.kill();
    }
  });

  it('nothing of the report of the last drill, which it links by itself once there is one', async () => {
    const state = mkdtempSync(join(tmpdir(), 'regent-state-'));
    const linking = await openUiWith({ XDG_STATE_HOME: state }, '--from', '/nowhere/control.sock');
    try {
      port = Number(new URL(linking.address).port);
      const [set = ''] = (await ask(`/${new URL(linking.address).search}`)).headers['set-cookie'] as string[];
      cookie = set.split(';')[0] ?? '';
      assert.equal((await ask('/report', { cookie })).status, 404);
      mkdirSync(join(state, 'regent'));
      writeFileSync(join(state, 'regent', 'last-drill.html'), '<p>the last drill');
      const { status, text } = await ask('/report', { cookie });
      assert.deepEqual([status, text], [200, '<p>the last drill']);
      assert.equal((await ask('/report')).status, 401);
    } finally {
      linking.child.removeAllListeners('close');
      linking.child.kill();
      rmSync(state, { recursive: true });
    }
  });

  it('to let the report of a drill, which it serves, act as the page', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'regent-reports-'));
    writeFileSync(join(folder, 'older.html'), 'older');
    utimesSync(join(folder, 'older.html'), 1, 1);
    writeFileSync(join(folder, 'last.html'), '<p>last');
    const linking = await openUi('--from', '/nowhere/control.sock', '--report', folder);
    try {
      port = Number(new URL(linking.address).port);
      const [set = ''] = (await ask(`/${new URL(linking.address).search}`)).headers['set-cookie'] as string[];
      const { status, headers, text } = await ask('/report', { cookie: set.split(';')[0] ?? '' });
      assert.deepEqual([status, text, headers['content-type']], [200, '<p>last', 'text/html; charset=utf-8']);
      assert.match(String(headers['content-security-policy']), /^sandbox allow-scripts; default-src 'none'/);
    } finally {
      linking.child.removeAllListeners('close');
      linking.child.kill();
      rmSync(folder, { recursive: true });
    }
  });
});
