// What the HTTP and HTTPS checks send, follow, keep and believe, against Node's servers.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import { createServer as createNetServer, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Instant, milliseconds, monotonic } from '../../../../base/units.ts';
import { createHttpProbe } from '../../../../healthcheck/checks/http.ts';
import type { Outcome } from '../../../../healthcheck/outcome.ts';
import { createTlsContexts } from '../../../../healthcheck/tls-contexts.ts';
import { type Authority, createAuthority } from '../../../servers/certificates.ts';
import { makeTarget } from '../../../servers/checks.ts';
import { type Listening, listen, say } from '../../../servers/listening.ts';

const timeout = milliseconds(3000);

describe('HTTP checks', () => {
  let authority: Authority;
  let open: Listening[] = [];
  const probe = createHttpProbe(createTlsContexts(monotonic), 10);

  before(() => {
    authority = createAuthority();
  });
  after(() => authority.remove());
  afterEach(() => {
    for (const { close } of open) close();
    open = [];
  });

  const serve = async (listener: RequestListener): Promise<number> => {
    const server = await listen(createServer(listener));
    open.push(server);
    return server.port;
  };
  const serveSecurely = async (listener: RequestListener, options: ServerOptions): Promise<number> => {
    const server = await listen(createSecureServer(options, listener));
    open.push(server);
    return server.port;
  };
  const run = (port: number, keys = {}): Promise<Outcome> => probe(makeTarget('http', port, keys), timeout);
  const runSecurely = (port: number, keys = {}): Promise<Outcome> => probe(makeTarget('https', port, keys), timeout);
  const errorOf = async (outcome: Promise<Outcome>): Promise<string | undefined> => (await outcome).error;

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
    ['to nonsense', 'http://[', 1, 'redirected to "http://[", which is no address'],
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
    assert.ok(performance.now() - begun < 1000);
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
    open.push(server);
    assert.match(String(await errorOf(run(server.port))), /^it does not speak HTTP: /);
    const port = await serve((_request, response) => response.end());
    assert.match(String(await errorOf(runSecurely(port))), /wrong version number|packet length/);
  });

  it('tells a connection that ends from one that is reset', async () => {
    const ending = async (end: (socket: Socket) => void): Promise<string | undefined> => {
      const server = await listen(createNetServer((socket) => socket.once('data', () => end(socket))));
      open.push(server);
      return errorOf(run(server.port));
    };
    assert.equal(await ending((socket) => socket.end()), 'connection closed without an answer');
    assert.equal(await ending((socket) => socket.resetAndDestroy()), 'connection reset');
  });

  describe('on a kept connection', () => {
    /** Answers the first `most` requests of each connection, the later ones by `late`. */
    const serveFirst = async (most: number, late: (socket: Socket) => void): Promise<number> => {
      const server = await listen(
        createNetServer((socket) => {
          let requests = 0;
          socket.on('data', () => {
            requests += 1;
            if (requests > most) late(socket);
            else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
          });
        }),
      );
      open.push(server);
      return server.port;
    };
    const outcomes = async (port: number, count: number, rest = 5): Promise<(string | undefined)[]> => {
      const target = makeTarget('http', port, { keep_alive: true });
      const found: (string | undefined)[] = [];
      for (let index = 0; index < count; index += 1) {
        found.push(await errorOf(probe(target, milliseconds(150))));
        // A connection that has ended is seen to have.
        await new Promise((resolve) => setTimeout(resolve, rest));
      }
      return found;
    };
    const second = 'no response to the second request of a connection within 150 ms';

    it('fails in a row where every second request hangs', async () => {
      const port = await serveFirst(1, () => {});
      assert.deepEqual(await outcomes(port, 5), [
        undefined,
        'no response on a kept connection within 150 ms',
        second,
        second,
        second,
      ]);
    });

    it('fails in a row where every second request is refused', async () => {
      const port = await serveFirst(1, (socket) => socket.write('HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'));
      const refused = 'status 503 instead of 200-299';
      assert.deepEqual(await outcomes(port, 4), [undefined, refused, refused, refused]);
    });

    it('fails once where one connection alone had died', async () => {
      let isDead = true;
      const port = await serveFirst(1, (socket) => {
        if (isDead) isDead = false;
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
      const [first, dead, ...later] = await outcomes(port, 6);
      assert.deepEqual([first, dead], [undefined, 'no response on a kept connection within 150 ms']);
      assert.deepEqual(later, [undefined, undefined, undefined, undefined]);
    });

    it('is well where the server ends each connection after an answer', async () => {
      for (const end of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
        const port = await serveFirst(1, end);
        assert.deepEqual(await outcomes(port, 4), [undefined, undefined, undefined, undefined]);
      }
    });

    it('takes what comes unasked for the end of the connection', async () => {
      const server = await listen(
        createNetServer((socket) =>
          socket.on('data', () => {
            socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
            setTimeout(() => socket.writable && socket.write('HTTP/1.1 408 Request Timeout\r\n\r\n'), 10);
          }),
        ),
      );
      open.push(server);
      assert.deepEqual(await outcomes(server.port, 4, 50), [undefined, undefined, undefined, undefined]);
    });

    it('listens to it once, however often it serves', async () => {
      const warnings: string[] = [];
      const hear = (warning: Error): void => void warnings.push(warning.message);
      process.on('warning', hear);
      const port = await serveFirst(100, () => {});
      assert.deepEqual(new Set(await outcomes(port, 30)), new Set([undefined]));
      process.off('warning', hear);
      assert.deepEqual(warnings, []);
    });
  });

  describe('with TLS', () => {
    const ok: RequestListener = (_request, response) => response.end('ok');
    const serveAs = (names: readonly string[], days?: number): Promise<number> => {
      const { cert, keyText } = authority.issue(names, days);
      return serveSecurely(ok, { cert, key: keyText });
    };

    it('believes a certificate of its authority for the address, the host or the given name', async () => {
      const tls = { ca: authority.ca };
      assert.equal(await errorOf(runSecurely(await serveAs(['127.0.0.1']), { tls })), undefined);
      const port = await serveAs(['web.example']);
      assert.equal(await errorOf(runSecurely(port, { host: 'web.example:8443', tls })), undefined);
      assert.equal(await errorOf(runSecurely(port, { tls: { ...tls, server_name: 'web.example' } })), undefined);
      assert.match(String(await errorOf(runSecurely(port, { tls }))), /127\.0\.0\.1 is not in the cert's list/);
    });

    it('asks for the name (SNI)', async () => {
      let asked: string | string[] | false | undefined;
      const { cert, keyText } = authority.issue(['web.example']);
      const port = await serveSecurely(
        (request, response) => {
          asked = (request.socket as TLSSocket & { readonly servername?: string | false }).servername;
          response.end();
        },
        { cert, key: keyText },
      );
      await runSecurely(port, { host: 'other.example', tls: { server_name: 'web.example' } });
      assert.equal(asked, 'web.example');
      await runSecurely(port, { host: 'other.example' });
      assert.equal(asked, 'other.example');
    });

    it('distrusts an unknown authority and an expired certificate, where it verifies', async () => {
      const port = await serveAs(['127.0.0.1']);
      assert.match(
        String(await errorOf(runSecurely(port, { tls: { verify: true } }))),
        /unable to verify|unable to get/,
      );
      assert.equal(await errorOf(runSecurely(port)), undefined);
      const expired = await serveAs(['127.0.0.1'], -2);
      assert.equal(await errorOf(runSecurely(expired, { tls: { ca: authority.ca } })), 'certificate has expired');
    });

    for (const [days, tls, warning] of [
      [90, {}, undefined],
      [10.5, {}, /^certificate expires in 10 days, on \d{4}-\d\d-\d\d$/],
      [10.5, { expiry_warning: '5d' }, undefined],
      [-2.5, {}, /^certificate expired 2 days ago/],
    ] as const) {
      it(`warns of an end in ${days} days with ${JSON.stringify(tls)}: ${warning ?? 'no'}`, async () => {
        const outcome = await runSecurely(await serveAs(['127.0.0.1'], days), { tls });
        assert.equal(outcome.ok, true);
        if (warning === undefined) assert.equal(outcome.warning, undefined);
        else assert.match(String(outcome.warning), warning);
      });
    }

    it('warns of the certificate of a server that fails, and of one that is kept', async () => {
      const { cert, keyText } = authority.issue(['127.0.0.1'], 3.5);
      const port = await serveSecurely((_request, response) => response.writeHead(500).end(), { cert, key: keyText });
      assert.match(String((await runSecurely(port)).warning), /^certificate expires in 3 days/);
      const target = makeTarget('https', await serveAs(['127.0.0.1'], 3.5), { keep_alive: true });
      for (let index = 0; index < 3; index += 1) {
        assert.match(String((await probe(target, timeout)).warning), /^certificate expires in 3 days/);
      }
    });

    it('shows its own certificate to a server that wants one', async () => {
      const { cert, keyText } = authority.issue(['127.0.0.1']);
      const mine = authority.issue(['prober.example']);
      let shown: string | string[] | undefined;
      const port = await serveSecurely(
        (request, response) => {
          shown = (request.socket as TLSSocket).getPeerCertificate().subject.CN;
          response.end();
        },
        {
          cert,
          key: keyText,
          ca: readFileSync(authority.ca),
          requestCert: true,
          rejectUnauthorized: true,
        },
      );
      const own = { certificate: mine.certificate, key: mine.key };
      assert.equal(await errorOf(runSecurely(port, { tls: own })), undefined);
      assert.equal(shown, 'prober.example');
      assert.match(String(await errorOf(runSecurely(port))), /certificate required|reset/);
    });

    it('warns of a certificate that is not valid yet, where it does not verify', async () => {
      const { cert, keyText } = authority.issue(['127.0.0.1'], 90, 2.5);
      const port = await serveSecurely(ok, { cert, key: keyText });
      const outcome = await runSecurely(port);
      assert.equal(outcome.error, undefined);
      assert.match(String(outcome.warning), /^certificate is not valid before \d{4}-\d\d-\d\d, in 2 days$/);
      assert.equal(await errorOf(runSecurely(port, { tls: { ca: authority.ca } })), 'certificate is not yet valid');
    });

    for (const [version, needs] of [
      ['TLSv1', '1.0'],
      ['TLSv1.1', '1.1'],
      ['TLSv1.2', '1.2'],
      ['TLSv1.3', '1.3'],
    ] as const)
      it(`speaks ${version} where asked`, async () => {
        const { cert, keyText } = authority.issue(['127.0.0.1']);
        const old = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' } as const;
        const port = await serveSecurely(ok, { cert, key: keyText, ...old });
        const tls = { ca: authority.ca };
        assert.equal(await errorOf(runSecurely(port, { tls: { ...tls, min_version: Number(needs) } })), undefined);
        const byDefault = await errorOf(runSecurely(port, { tls }));
        const isOld = version === 'TLSv1' || version === 'TLSv1.1';
        assert.equal(byDefault, isOld ? 'no version of TLS in common: see "min_version"' : undefined);
        if (version !== 'TLSv1.3')
          assert.equal(
            await errorOf(runSecurely(port, { tls: { ...tls, min_version: '1.3' } })),
            'no version of TLS in common: see "min_version"',
          );
      });

    describe('whose files change', () => {
      let time = 0;
      const patient = createHttpProbe(
        createTlsContexts(() => time as Instant),
        10,
      );
      const mine = { ca: 'mine.pem', certificate: 'mine.crt', key: 'mine.key' };
      let port = 0;
      let paths: { readonly [Kind in keyof typeof mine]: string };
      let good: typeof paths;
      const probeAfter = async (milliseconds: number): Promise<Outcome> => {
        time += milliseconds;
        return patient(makeTarget('https', port, { tls: paths }), timeout);
      };
      let server: Listening;
      before(async () => {
        const { cert, keyText } = authority.issue(['127.0.0.1']);
        const trust = { ca: readFileSync(authority.ca), requestCert: true, rejectUnauthorized: true };
        server = await listen(createSecureServer({ cert, key: keyText, ...trust }, ok));
        ({ port } = server);
        const issued = authority.issue(['prober.example']);
        good = { ca: readFileSync(authority.ca, 'utf8'), certificate: issued.cert, key: issued.keyText };
      });
      after(() => server.close());
      beforeEach(async () => {
        paths = {
          ca: authority.file(mine.ca, good.ca),
          certificate: authority.file(mine.certificate, good.certificate),
          key: authority.file(mine.key, good.key),
        };
        time += 1_000_000;
        assert.equal((await probeAfter(0)).error, undefined);
      });

      const damages: readonly (readonly [string, (path: string, content: string) => void, RegExp])[] = [
        ['emptied', (path) => writeFileSync(path, ''), /^Cannot use .*: it holds no /],
        ['missing', (path) => rmSync(path), /^Cannot read .*ENOENT/],
        [
          'half written',
          (path, text) => writeFileSync(path, text.slice(0, -200)),
          /^Cannot use .*: it holds (no|half)/,
        ],
        ['nonsense', (path) => writeFileSync(path, 'nonsense'), /^Cannot use .*: it holds no /],
        ['damaged', (path, text) => writeFileSync(path, text.replace(/\n[^\n]{8}/g, '\nAAAAAAAA')), /^Cannot use /],
        [
          'a folder',
          (path) => {
            rmSync(path);
            mkdirSync(path);
          },
          /^Cannot use .*, not a file/,
        ],
        [
          'a pipe',
          (path) => {
            rmSync(path);
            execFileSync('mkfifo', [path]);
          },
          /^Cannot use .*, not a file/,
        ],
      ];
      for (const kind of ['ca', 'certificate', 'key'] as const)
        for (const [what, damage, told] of damages)
          it(`keeps the last good ${kind} while it is ${what}, and says so until it is good again`, async () => {
            damage(paths[kind], good[kind]);
            const during = await probeAfter(60_001);
            assert.equal(during.error, undefined);
            assert.match(String(during.warning), told);
            assert.match(String(during.warning), /; what was read before stays in use$/);
            assert.equal((await probeAfter(1000)).warning, during.warning);
            rmSync(paths[kind], { recursive: true, force: true });
            writeFileSync(paths[kind], good[kind]);
            const after = await probeAfter(5000);
            assert.deepEqual([after.error, after.warning], [undefined, undefined]);
          });

      it('takes a renewed pair up when both files are there', async () => {
        const renewed = authority.issue(['prober.example']);
        writeFileSync(paths.certificate, renewed.cert);
        assert.match(String((await probeAfter(60_001)).warning), /^Cannot use .*mismatch/);
        writeFileSync(paths.key, renewed.keyText);
        assert.equal((await probeAfter(5000)).warning, undefined);
      });
    });

    it('blames this host for files that it cannot read or use', async () => {
      const port = await serveAs(['127.0.0.1']);
      const missing = runSecurely(port, { tls: { ca: '/nonexistent/ca.pem' } });
      await assert.rejects(missing, /Cannot read \/nonexistent\/ca\.pem: ENOENT/);
      const nonsense = { certificate: authority.file('x.pem', 'x'), key: authority.file('x.key', 'x') };
      await assert.rejects(runSecurely(port, { tls: nonsense }), /Cannot use .*x\.pem/);
    });
  });
});
