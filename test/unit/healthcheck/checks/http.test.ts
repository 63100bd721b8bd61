// What the HTTP and HTTPS checks send, follow and believe, against Node's servers.

import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { createServer as createNetServer, type Socket } from 'node:net';
import { milliseconds, monotonic } from '../../../../base/units.ts';
import { createHttpProbe } from '../../../../healthcheck/checks/http.ts';
import { createTlsContexts } from '../../../../healthcheck/tls-contexts.ts';
import { type Authority, createAuthority } from '../../../servers/certificates.ts';
import { makeTarget } from '../../../servers/checks.ts';
import { listen, say } from '../../../servers/listening.ts';
import { httpChecks, timeout } from './http-checks.ts';

describe('HTTP checks', () => {
  let authority: Authority;
  before(() => {
    authority = createAuthority();
  });
  after(() => authority.remove());
  const { probe, keep, serve, run, runSecurely, errorOf } = httpChecks();

  it('sends what the check says', async () => {
    let seen: IncomingMessage | undefined;
    let from: string | undefined;
    const port = await serve((request, response) => {
      seen = request;
      from = request.socket.remoteAddress;
      response.end();
    });
    const keys = {
      method: 'POST',
      path: '/up?x=1',
      host: 'web.example',
      headers: { 'X-Probe': '1', 'User-Agent': 'me' },
    };
    assert.equal((await run(port, { ...keys, source_address: '127.0.0.77' })).ok, true);
    assert.deepEqual(
      [seen?.method, seen?.url, seen?.headers.host, seen?.headers['x-probe'], seen?.headers['user-agent']],
      ['POST', '/up?x=1', 'web.example', '1', 'me'],
    );
    assert.equal(from, '127.0.0.77');
  });

  it('names address and port where no host is given', async () => {
    let host: string | undefined;
    const port = await serve((request, response) => {
      ({ host } = request.headers);
      response.end();
    });
    await run(port);
    assert.equal(host, `127.0.0.1:${port}`);
  });

  for (const [status, expected, error] of [
    [204, undefined, undefined],
    [301, undefined, 'status 301 instead of 200-299'],
    [404, [200, 404], undefined],
    [500, [200, '300-399'], 'status 500 instead of 200, 300-399'],
  ] as const) {
    it(`judges status ${status} by ${expected ?? 'the default'}: ${error ?? 'well'}`, async () => {
      const port = await serve((_request, response) => response.writeHead(status).end());
      assert.equal(await errorOf(run(port, expected && { expected_status: expected })), error);
    });
  }

  const hops: [what: string, location: string, follows: number, error: string | undefined][] = [
    ['a path', '/target', 1, undefined],
    ['another host, which the same server is asked for', 'http://other.example:99/target', 1, undefined],
    ['more often than allowed', '/again', 2, 'redirected more than 2 times'],
    ['to https', 'https://web.example/', 1, 'redirected to https://web.example/, away from http'],
    ['to nonsense', 'http://[', 1, 'redirected to "http://[", which is not an address'],
    ['where none is followed', '/target', 0, 'status 302 instead of 200-299'],
  ];
  for (const [what, location, follows, error] of hops) {
    it(`follows a redirect: ${what}`, async () => {
      const seen: string[] = [];
      const port = await serve((request, response) => {
        seen.push(`${request.headers.host}${request.url}`);
        if (request.url === '/target') response.end();
        else response.writeHead(302, { location }).end();
      });
      assert.equal(await errorOf(run(port, { host: 'web.example', follow_redirects: follows })), error);
      if (location.includes('other')) assert.deepEqual(seen, ['web.example/', 'other.example:99/target']);
    });
  }

  it('matches a body by expression, over all its pieces', async () => {
    const port = await serve((_request, response) => {
      response.write('status: o');
      setTimeout(() => response.end('k, load 3'), 20);
    });
    assert.equal((await run(port, { body_matches: 'status: ok, load [0-9]$' })).ok, true);
    assert.equal(await errorOf(run(port, { body_matches: '^ok' })), 'the body does not match /^ok/');
  });

  it('is not held by an expression that backtracks', async () => {
    const page = 'Service Unavailable while we are busy with maintenance!';
    const port = await serve((_request, response) => response.end(page));
    const begun = performance.now();
    assert.equal(
      await errorOf(run(port, { body_matches: '^(\\w+\\s?)+$' })),
      'the body does not match /^(\\w+\\s?)+$/',
    );
    assert.ok(performance.now() - begun < 10_000);
  });

  it('judges what a body must contain, match and lack together', async () => {
    const port = await serve((_request, response) => response.end('ready, but for maintenance'));
    const keys = { body_contains: 'ready', body_matches: '^r' };
    assert.equal(await errorOf(run(port, keys)), undefined);
    assert.equal(
      await errorOf(run(port, { ...keys, body_lacks: '(?i)MAINTENANCE' })),
      'the body matches /(?i)MAINTENANCE/',
    );
    assert.equal(await errorOf(run(port, { ...keys, body_lacks: 'down' })), undefined);
    assert.equal(await errorOf(run(port, { ...keys, body_contains: 'up' })), 'the body does not contain "up"');
  });

  it('reads no more than a MiB of a body', async () => {
    const port = await serve((_request, response) => {
      response.end('x'.repeat(3 * 1024 * 1024));
    });
    assert.equal(
      await errorOf(run(port, { body_contains: 'y' })),
      'the body does not contain "y" within its first MiB',
    );
    assert.equal((await run(port)).ok, true);
  });

  it('does not wait for a body that it does not judge', async () => {
    const port = await serve((_request, response) => response.writeHead(200).write('never ends'));
    assert.equal((await run(port)).ok, true);
  });

  it('waits for a body that it judges, no longer than the timeout', async () => {
    const port = await serve((_request, response) => response.writeHead(200).write('never ends'));
    const outcome = probe(makeTarget('http', port, { body_contains: 'x' }), milliseconds(100));
    assert.equal(await errorOf(outcome), 'no whole body within 100 ms');
  });

  it('keeps the connection where asked, and only there', async () => {
    for (const keep_alive of [true, false]) {
      const connections = new Set<unknown>();
      const port = await serve((request, response) => {
        connections.add(request.socket);
        response.end('ok');
      });
      const target = makeTarget('http', port, { keep_alive });
      for (let index = 0; index < 3; index += 1) assert.equal((await probe(target, timeout)).ok, true);
      assert.equal(connections.size, keep_alive ? 1 : 3);
    }
  });

  it('takes a kept connection that has ended for no failure', async () => {
    let requests = 0;
    const port = await serve((request, response) => {
      requests += 1;
      response.end('ok');
      // Without a word in the headers, as a server that restarts does.
      response.once('finish', () => setTimeout(() => request.socket.destroy(), 1));
    });
    const target = makeTarget('http', port, { keep_alive: true });
    for (let index = 0; index < 20; index += 1) {
      assert.equal(await errorOf(probe(target, timeout)), undefined);
      await new Promise((resolve) => setTimeout(resolve, index % 4));
    }
    assert.equal(requests, 20);
  });

  it('keeps no more connections than it may', async () => {
    const connections = new Set<unknown>();
    const port = await serve((request, response) => {
      connections.add(request.socket);
      response.end();
    });
    const bounded = createHttpProbe(createTlsContexts(monotonic), 1);
    const targets = [1, 2].map(() => makeTarget('http', port, { keep_alive: true }));
    for (const target of [...targets, ...targets]) assert.equal((await bounded(target, timeout)).ok, true);
    assert.equal(connections.size, 3);
  });

  it('names what is no HTTP', async () => {
    const server = await say('220 mail.example.org\r\n');
    keep(server);
    assert.match(String(await errorOf(run(server.port))), /^it does not speak HTTP: /);
    const port = await serve((_request, response) => response.end());
    assert.match(String(await errorOf(runSecurely(port))), /wrong version number|packet length/);
  });

  it('tells a connection that ends from one that is reset', async () => {
    const ending = async (end: (socket: Socket) => void): Promise<string | undefined> => {
      const server = await listen(createNetServer((socket) => socket.once('data', () => end(socket))));
      keep(server);
      return errorOf(run(server.port));
    };
    assert.equal(await ending((socket) => socket.end()), 'connection closed without an answer');
    assert.equal(await ending((socket) => socket.resetAndDestroy()), 'connection reset');
  });
});
