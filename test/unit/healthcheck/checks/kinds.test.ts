// What each further kind can be asked for, against servers on loopback.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGroupStarter } from '../../../../base/process-group.ts';
import { milliseconds, monotonic } from '../../../../base/units.ts';
import type { CheckType } from '../../../../config/model/check-model.ts';
import { LocalFault } from '../../../../healthcheck/network-error.ts';
import type { Outcome } from '../../../../healthcheck/outcome.ts';
import { createProbe } from '../../../../healthcheck/probe.ts';
import { openTcpDialer } from '../../../../kernel/sockets/tcp-dialer.ts';
import { type Authority, createAuthority } from '../../../servers/certificates.ts';
import { makeTarget } from '../../../servers/checks.ts';
import { type DnsBehaviour, startDnsServer } from '../../../servers/dns-server.ts';
import { type GrpcBehaviour, startGrpcServer } from '../../../servers/grpc-server.ts';
import { closedPort, type Listening, listen, say } from '../../../servers/listening.ts';
import { type SmtpBehaviour, startSmtpServer } from '../../../servers/smtp-server.ts';
import { startUdpServer } from '../../../servers/udp-server.ts';

const timeout = milliseconds(3000);
const haste = milliseconds(150);
const probe = createProbe({
  clock: monotonic,
  openEchoSocket: () => {
    throw new Error('There is no ping here');
  },
  dialer: openTcpDialer(),
  openHalfOpen: () => {
    throw new Error('There are no raw sockets here');
  },
  mostKept: 1,
  startGroup: createGroupStarter(),
  scriptRefusal: undefined,
});

let authority: Authority;
let folder = '';
let open: Listening[] = [];
const keep = <Server extends Listening>(server: Server): Server => {
  open.push(server);
  return server;
};
const judge = ({ ok, error }: Outcome): string => (ok ? 'well' : String(error));

before(() => {
  authority = createAuthority();
  folder = mkdtempSync(join(tmpdir(), 'regent-kinds-'));
});
after(() => {
  authority.remove();
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  for (const { close } of open) close();
  open = [];
});

describe('TCP check', () => {
  it('finds an open port well, and resets the connection', async () => {
    let end: (how: string) => void = () => {};
    const ended = new Promise<string>((resolve) => {
      end = resolve;
    });
    const server = keep(
      await listen(
        createServer((socket) => {
          socket.resume();
          socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'error'));
          socket.once('end', () => end('end'));
        }),
      ),
    );
    assert.equal(judge(await probe(makeTarget('tcp', server.port), timeout)), 'well');
    assert.equal(await ended, 'ECONNRESET');
  });

  it('takes an answer that came while this process was paused', async () => {
    const { port } = keep(await say());
    const outcome = probe(makeTarget('tcp', port), milliseconds(20));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
    assert.equal(judge(await outcome), 'well');
  });

  it('leaves from the source address', async () => {
    let from: string | undefined;
    const server = createServer((socket) => {
      from = socket.remoteAddress;
    });
    const { port } = keep(await listen(server));
    assert.equal(judge(await probe(makeTarget('tcp', port, { source_address: '127.0.0.9' }), timeout)), 'well');
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(from, '127.0.0.9');
  });
});

describe('a source address that this host has not', () => {
  const rows: [type: CheckType, keys?: object][] = [
    ['tcp'],
    ['http'],
    ['https'],
    ['dns', { transport: 'udp' }],
    ['dns', { transport: 'tcp' }],
    ['udp'],
    ['smtp'],
    ['grpc'],
  ];
  for (const [type, keys] of rows)
    it(`is said of ${type} ${JSON.stringify(keys ?? {})}, and judges no server`, async () => {
      const target = makeTarget(type, await closedPort(), { ...keys, source_address: '192.0.2.9' });
      await assert.rejects(
        probe(target, timeout),
        (error) => error instanceof LocalFault && error.why === 'EADDRNOTAVAIL',
      );
    });
});

describe('DNS check', () => {
  const name = 'www.example';
  const address = { type: 'A', name, ttl: 60, data: '192.0.2.1' } as const;
  const soa = {
    type: 'SOA',
    name,
    ttl: 60,
    data: { mname: 'ns.example', rname: 'root.example', serial: 7, refresh: 1, retry: 2, expire: 3, minimum: 4 },
  } as const;
  const ask = { query_name: `${name}.`, record_type: 'A' };
  const wants = { ...ask, expected_answer: '192.0.2.1' };
  const setId = (bytes: Buffer): Buffer => {
    bytes.writeUInt16BE(bytes.readUInt16BE(0) ^ 1, 0);
    return bytes;
  };
  const rows: [what: string, behaviour: DnsBehaviour, keys: Readonly<Record<string, unknown>>, judged: RegExp][] = [
    ['any answer', { answers: [] }, ask, /^well$/],
    ['the record among others', { answers: [{ ...address, data: '192.0.2.9' }, address] }, wants, /^well$/],
    ['no record', { answers: [] }, wants, /^the answer holds no A record$/],
    ['an expected NXDOMAIN', { rcode: 3 }, { ...ask, expected_rcode: 'NXDOMAIN' }, /^well$/],
    ['an unexpected NXDOMAIN', { rcode: 3 }, ask, /^answered NXDOMAIN instead of NOERROR$/],
    [
      'the words that matter of a long record, in any case, with a dot or without',
      { answers: [soa] },
      { ...ask, record_type: 'SOA', expected_answer: 'NS.example. root.example 7' },
      /^well$/,
    ],
    [
      'another word',
      { answers: [soa] },
      { ...ask, record_type: 'SOA', expected_answer: 'ns.example root.example 8' },
      /^answered ns\.example root\.example 7 1 2 3 4 instead of ns\.example root\.example 8$/,
    ],
    [
      'text',
      { answers: [{ type: 'TXT', name, ttl: 1, data: 'v=spf1 -all' }] },
      { ...ask, record_type: 'TXT', expected_answer: 'v=spf1 -all' },
      /^well$/,
    ],
    [
      'an exchange',
      { answers: [{ type: 'MX', name, ttl: 1, data: { preference: 10, exchange: 'mail.example' } }] },
      { ...ask, record_type: 'MX', expected_answer: '10 mail.example' },
      /^well$/,
    ],
  ];
  for (const transport of ['udp', 'tcp']) {
    for (const [what, behaviour, keys, judged] of rows) {
      it(`by ${transport}, ${what}`, async () => {
        const { port } = keep(await startDnsServer(behaviour));
        assert.match(judge(await probe(makeTarget('dns', port, { transport, ...keys }), timeout)), judged);
      });
    }
  }

  it('passes over a datagram with another id, and says so in the end (RFC 5452 9.1)', async () => {
    const { port } = keep(await startDnsServer({ answers: [address], distort: setId }));
    assert.equal(
      judge(await probe(makeTarget('dns', port, wants), haste)),
      'no matching answer (one was ignored: the answer has another id than the question) within 150 ms',
    );
  });

  it('fails at once where a stream has another id, or is no DNS', async () => {
    const { port } = keep(await startDnsServer({ answers: [address], distort: setId }));
    const tcp = { ...wants, transport: 'tcp' };
    assert.equal(
      judge(await probe(makeTarget('dns', port, tcp), timeout)),
      'the answer has another id than the question',
    );
    const mail = keep(await say('\0\x05hello'));
    assert.equal(judge(await probe(makeTarget('dns', mail.port, tcp), timeout)), 'the answer is not DNS');
  });

  it('says that a truncated answer wants TCP, which then holds it', async () => {
    const { port } = keep(await startDnsServer({ answers: [address], truncates: true }));
    assert.match(judge(await probe(makeTarget('dns', port, wants), timeout)), /truncated.*"transport: tcp"/);
    assert.equal(judge(await probe(makeTarget('dns', port, { ...wants, transport: 'tcp' }), timeout)), 'well');
  });
});

describe('UDP check', () => {
  it('sends and expects bytes', async () => {
    const { port } = keep(await startUdpServer((bytes) => Buffer.concat([Buffer.from([1]), bytes])));
    const keys = { payload_hex: '00ff', expected_reply_hex: '0100ff' };
    assert.equal(judge(await probe(makeTarget('udp', port, keys), timeout)), 'well');
    assert.equal(
      judge(await probe(makeTarget('udp', port, { ...keys, expected_reply_hex: '02' }), timeout)),
      'the reply 0100ff does not contain 02',
    );
  });

  it('lets silence pass where told, but not a closed port', async () => {
    const server = keep(await startUdpServer(() => undefined));
    const target = makeTarget('udp', server.port, { silence: 'passes' });
    assert.equal(judge(await probe(target, haste)), 'well');
    server.close();
    open = [];
    assert.equal(judge(await probe(target, timeout)), 'connection refused');
  });

  it('has its answer from a source address, too', async () => {
    const { port } = keep(await startUdpServer(() => 'x'));
    assert.equal(judge(await probe(makeTarget('udp', port, { source_address: '127.0.0.9' }), timeout)), 'well');
  });
});

describe('SMTP check', () => {
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

describe('gRPC check', () => {
  const rows: [what: string, behaviour: GrpcBehaviour, keys: Readonly<Record<string, unknown>>, judged: RegExp][] = [
    ['a service by its name', { statuses: { 'a.B': 1 } }, { service: 'a.B' }, /^well$/],
    [
      'a service that it does not know',
      { statuses: { 'a.B': 1 } },
      { service: 'a.C' },
      /^the service is unknown to it \(NOT_FOUND\): unknown service$/,
    ],
    ['a status from the future', { statuses: { '': 9 } }, {}, /^status 9 instead of SERVING$/],
    ['another HTTP status', { httpStatus: 502 }, {}, /^HTTP status 502$/],
  ];
  for (const [what, behaviour, keys, judged] of rows) {
    it(what, async () => {
      const { port } = keep(await startGrpcServer(behaviour));
      assert.match(judge(await probe(makeTarget('grpc', port, keys), timeout)), judged);
    });
  }

  it('speaks TLS where asked, verifies, and warns', async () => {
    const { port } = keep(await startGrpcServer({ identity: authority.issue(['127.0.0.1'], 3.5) }));
    const outcome = await probe(makeTarget('grpc', port, { tls: { ca: authority.ca } }), timeout);
    assert.equal(judge(outcome), 'well');
    assert.match(String(outcome.warning), /^certificate expires in 3 days/);
    const distrusted = makeTarget('grpc', port, { tls: { ca: authority.ca, server_name: 'x.example' } });
    assert.match(judge(await probe(distrusted, timeout)), /^Host: x\.example\. is not/);
  });

  it('fails on a server of another kind', async () => {
    const { port } = keep(await say('220 mail.example.org\r\n'));
    assert.notEqual(judge(await probe(makeTarget('grpc', port), timeout)), 'well');
  });
});
