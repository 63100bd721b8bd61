// HTTPS checks: which certificates they believe, what they ask for, and how they show who they are.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Instant } from '../../../../base/units.ts';
import { createHttpProbe } from '../../../../healthcheck/checks/http.ts';
import type { Outcome } from '../../../../healthcheck/outcome.ts';
import { createTlsContexts } from '../../../../healthcheck/tls-contexts.ts';
import { type Authority, createAuthority } from '../../../servers/certificates.ts';
import { makeTarget } from '../../../servers/checks.ts';
import { type Listening, listen } from '../../../servers/listening.ts';
import { httpChecks, timeout } from './http-checks.ts';

describe('HTTPS checks', () => {
  let authority: Authority;
  before(() => {
    authority = createAuthority();
  });
  after(() => authority.remove());
  const { probe, serveSecurely, runSecurely, errorOf } = httpChecks();

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
    assert.match(String(await errorOf(runSecurely(port, { tls: { verify: true } }))), /unable to verify|unable to get/);
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
      assert.ok(Math.abs((outcome.certificateExpires ?? 0) - Date.now() - days * 86_400_000) < 3_600_000);
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
      ['half written', (path, text) => writeFileSync(path, text.slice(0, -200)), /^Cannot use .*: it holds (no|half)/],
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
