// SMTP checks against a server on loopback, with TLS and without.

import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { type Authority, createAuthority } from '../../../servers/certificates.ts';
import { makeTarget } from '../../../servers/checks.ts';
import { listen } from '../../../servers/listening.ts';
import { type SmtpBehaviour, startSmtpServer } from '../../../servers/smtp-server.ts';
import { judge, keepServers, probe, timeout } from './loopback-checks.ts';

describe('SMTP check', () => {
  const keep = keepServers();
  let authority: Authority;
  before(() => {
    authority = createAuthority();
  });
  after(() => authority.remove());

  const rows: [what: string, behaviour: SmtpBehaviour, keys: Readonly<Record<string, unknown>>, judged: RegExp][] = [
    ['a banner of several lines (RFC 5321 4.2.1)', {}, {}, /^well$/],
    ['no banner but a refusal', { banner: '554 No SMTP here' }, {}, /^answered 554 to the connection: No SMTP here$/],
    ['EHLO and HELO refused', { ehlo: '502 What?', helo: '502 Nor that' }, {}, /^answered 502 to HELO: Nor that$/],
    ['EHLO put off', { ehlo: '421 Later' }, {}, /^answered 421 to EHLO: Later$/],
    ['HELO alone', { ehlo: '500 Unrecognized command' }, {}, /^well$/],
    [
      'HELO alone, where TLS is asked for',
      { ehlo: '500 Unrecognized command' },
      { security: 'starttls' },
      /^it does not offer STARTTLS$/,
    ],
    ['a banner with escape sequences', { banner: '554 \u001b[2J\u009b31mgone' }, {}, /: \\x1b\[2J\\x9b31mgone$/],
    ['no STARTTLS on offer', {}, { security: 'starttls' }, /^it does not offer STARTTLS$/],
    [
      'STARTTLS on offer, but refused',
      { ehlo: '250-a\r\n250 STARTTLS', starttls: '454 Not now' },
      { security: 'starttls' },
      /^answered 454 to STARTTLS: Not now$/,
    ],
    [
      'commands injected before TLS (RFC 3207 4.2)',
      { ehlo: '250-a\r\n250 STARTTLS', starttls: '220 Go\r\n250 injected' },
      { security: 'starttls' },
      /^it sent more after its reply to STARTTLS$/,
    ],
    ['QUIT refused', { quit: '500 No' }, {}, /^answered 500 to QUIT: No$/],
  ];
  for (const [what, behaviour, keys, judged] of rows) {
    it(what, async () => {
      const { port } = keep(await startSmtpServer(behaviour));
      assert.match(judge(await probe(makeTarget('smtp', port, keys), timeout)), judged);
    });
  }

  for (const [how, end] of [
    ['closes', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ] as const)
    it(`is well where the server ${how} the connection at QUIT`, async () => {
      const server = createServer((socket) => {
        socket.write('220 hello\r\n');
        socket.on('data', (chunk) => (/^QUIT/.test(chunk.toString()) ? end(socket) : socket.write('250 a\r\n')));
      });
      const { port } = keep(await listen(server));
      assert.equal(judge(await probe(makeTarget('smtp', port), timeout)), 'well');
    });

  it('greets by name, twice where TLS begins in between, and warns of the certificate', async () => {
    const server = keep(await startSmtpServer({ identity: authority.issue(['mail.example'], 3.5) }));
    const tls = { ca: authority.ca, server_name: 'mail.example' };
    const keys = { helo_name: 'prober.example', security: 'starttls', tls };
    const outcome = await probe(makeTarget('smtp', server.port, keys), timeout);
    assert.equal(judge(outcome), 'well');
    assert.match(String(outcome.warning), /^certificate expires in 3 days/);
    assert.deepEqual(server.heard, ['EHLO prober.example', 'STARTTLS', 'EHLO prober.example', 'QUIT']);
    const distrusted = makeTarget('smtp', server.port, { ...keys, tls: { ...tls, server_name: 'x.example' } });
    assert.match(judge(await probe(distrusted, timeout)), /x\.example\. is not in the cert's altnames/);
  });

  it('names a server that hangs up', async () => {
    const { port } = keep(await listen(createServer((socket) => socket.end('220 Hello\r\n'))));
    assert.match(
      judge(await probe(makeTarget('smtp', port), timeout)),
      /^connection (closed in mid-conversation|reset)$/,
    );
  });
});
