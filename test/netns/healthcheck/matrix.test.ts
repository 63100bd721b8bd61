// Every kind of check against a real server of its kind, with every fault: a cell that is missing fails.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGroupStarter } from '../../../base/process-group.ts';
import { type Milliseconds, milliseconds, monotonic } from '../../../base/units.ts';
import type { CheckType } from '../../../config/model/check-model.ts';
import type { Target } from '../../../healthcheck/messages.ts';
import { LocalFault } from '../../../healthcheck/network-error.ts';
import { createProbe } from '../../../healthcheck/probe.ts';
import { openHalfOpenDialer } from '../../../kernel/sockets/half-open-dialer.ts';
import { type IcmpSocket, openIcmpSocket } from '../../../kernel/sockets/icmp-socket.ts';
import { openTcpDialer } from '../../../kernel/sockets/tcp-dialer.ts';
import { decodeEchoRequest, encodeEchoReply } from '../../../net/icmp-echo.ts';
import { ip } from '../../../net/ip-address.ts';
import { type Authority, createAuthority } from '../../servers/certificates.ts';
import { makeTarget } from '../../servers/checks.ts';
import { startDnsServer } from '../../servers/dns-server.ts';
import { startFullServer } from '../../servers/full-server.ts';
import { startGrpcServer } from '../../servers/grpc-server.ts';
import { closedPort, type Listening, listen, say } from '../../servers/listening.ts';
import { startSmtpServer } from '../../servers/smtp-server.ts';
import { startUdpServer } from '../../servers/udp-server.ts';
import { createNamespace, type Namespace, removeNamespaces } from '../namespaces.ts';

const kinds = ['tcp', 'http', 'https', 'dns', 'udp', 'smtp', 'ping', 'grpc', 'script', 'file'] as const;
// Fails to compile when a kind is missing.
type Missing = Exclude<CheckType, (typeof kinds)[number]>;
const isComplete: [Missing] extends [never] ? true : false = true;

const faults = ['healthy', 'failing', 'slow', 'lying', 'hanging'] as const;
type Fault = (typeof faults)[number];

/** A target, and what ends the server behind it. */
type Scene = readonly [target: Target, close: () => void];
type Cell = {
  /** The end of the outcome: success, the words of a failure, or those of a fault of this host, which judges nobody. */
  readonly ends: 'well' | { readonly fails: RegExp } | { readonly blamesHost: RegExp };
  readonly play: () => Promise<Scene>;
};

const patience = milliseconds(3000);
const haste = milliseconds(200);
const tooLong = 700;
const timeoutOf = (fault: Fault): Milliseconds => (fault === 'slow' || fault === 'hanging' ? haste : patience);

let authority: Authority;
let folder = '';
let namespace: Namespace;
const respondents = new Set<IcmpSocket>();

const behind = (type: CheckType, server: Listening, keys: Readonly<Record<string, unknown>> = {}): Scene => [
  makeTarget(type, server.port, keys),
  server.close,
];

const answer =
  (body: string, status = 200, delay = 0): RequestListener =>
  (_request, response) => {
    setTimeout(() => response.writeHead(status).end(body), delay);
  };
const never: RequestListener = () => {};

const http = async (listener: RequestListener, keys = {}): Promise<Scene> =>
  behind('http', await listen(createHttpServer(listener)), keys);

const https = async (listener: RequestListener, names = ['web.example'], days = 90): Promise<Scene> => {
  const { cert, keyText } = authority.issue(names, days);
  const server = await listen(createHttpsServer({ cert, key: keyText }, listener));
  return behind('https', server, { host: 'web.example', tls: { ca: authority.ca } });
};

const record = { type: 'A', name: 'www.example', ttl: 60, data: '192.0.2.1' } as const;
const question = { query_name: 'www.example', record_type: 'A', expected_answer: '192.0.2.1' };

const script = async (program: string, keys = {}): Promise<Scene> => {
  const path = join(folder, 'check.sh');
  writeFileSync(path, `#!/bin/sh\n${program}\n`, { mode: 0o755 });
  return [makeTarget('script', 80, { command: [path], ...keys }), () => {}];
};

const file = async (text: string): Promise<Scene> => {
  const path = join(folder, 'state');
  writeFileSync(path, text);
  return [makeTarget('file', 80, { path }), () => {}];
};

/** In a namespace whose kernel answers pings itself, or leaves them to a socket of this test. */
const ping = async (
  respond: 'kernel' | ((data: Buffer) => { readonly data: Buffer; readonly delay?: number } | undefined),
  address = ip('127.0.0.1'),
): Promise<Scene> => {
  namespace.run('sysctl', '-qw', `net.ipv4.icmp_echo_ignore_all=${respond === 'kernel' ? 0 : 1}`);
  if (respond === 'kernel') return [makeTarget('ping', 0, {}, address), () => {}];
  const socket = namespace.enter(() =>
    openIcmpSocket({
      family: 4,
      receives: 8,
      onMessage: (message, source) => {
        const echo = decodeEchoRequest(4, message);
        const reply = echo && respond(echo.data);
        if (echo === undefined || reply === undefined) return;
        setTimeout(() => {
          if (respondents.has(socket)) socket.send(encodeEchoReply(4, { ...echo, data: reply.data }), source);
        }, reply.delay ?? 0);
      },
      onError: (error) => {
        throw error;
      },
    }),
  );
  respondents.add(socket);
  const close = (): void => {
    respondents.delete(socket);
    socket.close();
  };
  return [makeTarget('ping', 0, {}, address), close];
};

const within = (what: RegExp): Cell['ends'] => ({ fails: new RegExp(`^no ${what.source} within 200 ms$`) });

const matrix: Readonly<Record<CheckType, Readonly<Record<Fault, Cell>>>> = {
  tcp: {
    healthy: { ends: 'well', play: async () => behind('tcp', await say()) },
    failing: {
      ends: { fails: /^connection refused$/ },
      play: async () => [makeTarget('tcp', await closedPort()), () => {}],
    },
    slow: { ends: within(/connection/), play: async () => behind('tcp', await startFullServer(tooLong)) },
    // A handshake is all it asks for: what the server says then is for other kinds.
    lying: {
      ends: 'well',
      play: async () => behind('tcp', await listen(createServer((socket) => socket.end('go away')))),
    },
    hanging: { ends: within(/connection/), play: async () => behind('tcp', await startFullServer()) },
  },
  http: {
    healthy: { ends: 'well', play: () => http(answer('all is well'), { body_contains: 'well' }) },
    failing: { ends: { fails: /^status 503 instead of 200-299$/ }, play: () => http(answer('', 503)) },
    slow: { ends: within(/response/), play: () => http(answer('', 200, tooLong)) },
    lying: {
      ends: { fails: /^the body does not contain "well"$/ },
      play: () => http(answer('maintenance'), { body_contains: 'well' }),
    },
    hanging: { ends: within(/response/), play: () => http(never) },
  },
  https: {
    healthy: { ends: 'well', play: () => https(answer('')) },
    failing: { ends: { fails: /^status 500 instead of 200-299$/ }, play: () => https(answer('', 500)) },
    slow: { ends: within(/response/), play: () => https(answer('', 200, tooLong)) },
    lying: {
      ends: { fails: /web\.example\. is not in the cert's altnames: DNS:other\.example/ },
      play: () => https(answer(''), ['other.example']),
    },
    hanging: { ends: within(/TLS handshake/), play: async () => behind('https', await say()) },
  },
  dns: {
    healthy: {
      ends: 'well',
      play: async () => behind('dns', await startDnsServer({ answers: [record] }), question),
    },
    failing: {
      ends: { fails: /^answered SERVFAIL instead of NOERROR$/ },
      play: async () => behind('dns', await startDnsServer({ rcode: 2 }), question),
    },
    slow: {
      ends: within(/answer/),
      play: async () => behind('dns', await startDnsServer({ answers: [record], delay: tooLong }), question),
    },
    lying: {
      ends: { fails: /^answered 192\.0\.2\.66 instead of 192\.0\.2\.1$/ },
      play: async () => behind('dns', await startDnsServer({ answers: [{ ...record, data: '192.0.2.66' }] }), question),
    },
    hanging: { ends: within(/answer/), play: async () => behind('dns', await startDnsServer({ isSilent: true })) },
  },
  udp: {
    healthy: {
      ends: 'well',
      play: async () =>
        behind('udp', await startUdpServer((bytes) => `pong ${bytes}`), {
          payload: 'ping',
          expected_reply: 'pong ping',
        }),
    },
    failing: {
      ends: { fails: /^connection refused$/ },
      play: async () => [makeTarget('udp', await closedPort()), () => {}],
    },
    slow: { ends: within(/reply/), play: async () => behind('udp', await startUdpServer(() => 'pong', tooLong)) },
    lying: {
      ends: { fails: /^the reply "error" does not contain "pong"$/ },
      play: async () => behind('udp', await startUdpServer(() => 'error'), { expected_reply: 'pong' }),
    },
    hanging: { ends: within(/reply/), play: async () => behind('udp', await startUdpServer(() => undefined)) },
  },
  smtp: {
    healthy: {
      ends: 'well',
      play: async () => {
        const server = await startSmtpServer({ identity: authority.issue(['127.0.0.1']) });
        return behind('smtp', server, { security: 'starttls', tls: { ca: authority.ca } });
      },
    },
    failing: {
      ends: { fails: /^answered 421 to the connection: Too busy$/ },
      play: async () => behind('smtp', await startSmtpServer({ banner: '421 Too busy' })),
    },
    slow: {
      ends: within(/reply to (the connection|EHLO)/),
      play: async () => behind('smtp', await startSmtpServer({ delay: tooLong })),
    },
    lying: {
      ends: { fails: /^it does not speak SMTP: "SSH-2\.0-OpenSSH"$/ },
      play: async () => behind('smtp', await say('SSH-2.0-OpenSSH\r\n')),
    },
    hanging: { ends: within(/reply to the connection/), play: async () => behind('smtp', await say()) },
  },
  ping: {
    healthy: { ends: 'well', play: () => ping('kernel') },
    failing: { ends: { fails: /^host unreachable$/ }, play: () => ping('kernel', ip('198.51.100.1')) },
    slow: { ends: within(/answer/), play: () => ping((data) => ({ data, delay: tooLong })) },
    lying: {
      ends: { fails: /^it answered with other data than it was sent$/ },
      play: () => ping((data) => ({ data: Buffer.concat([data.subarray(0, -1), Buffer.from('!')]) })),
    },
    hanging: { ends: within(/answer/), play: () => ping(() => undefined) },
  },
  grpc: {
    healthy: { ends: 'well', play: async () => behind('grpc', await startGrpcServer()) },
    failing: {
      ends: { fails: /^NOT_SERVING instead of SERVING$/ },
      play: async () => behind('grpc', await startGrpcServer({ statuses: { '': 2 } })),
    },
    slow: { ends: within(/answer/), play: async () => behind('grpc', await startGrpcServer({ delay: tooLong })) },
    lying: {
      ends: { fails: /^the answer is not a HealthCheckResponse$/ },
      play: async () => behind('grpc', await startGrpcServer({ message: Buffer.from('OK') })),
    },
    hanging: { ends: within(/answer/), play: async () => behind('grpc', await say()) },
  },
  script: {
    healthy: { ends: 'well', play: () => script('exit 0') },
    failing: {
      ends: { fails: /^exit status 3: replication is 40 s behind$/ },
      play: () => script('echo "replication is 40 s behind" >&2; exit 3'),
    },
    slow: { ends: within(/end of .*/), play: () => script(`sleep ${tooLong / 1000}`) },
    // Killed by itself, after it has claimed that all is well.
    lying: { ends: { fails: /^ended by SIGTERM: fine$/ }, play: () => script('echo fine; kill $$') },
    hanging: { ends: within(/end of .*/), play: () => script('trap "" TERM INT; while :; do sleep 1; done') },
  },
  file: {
    healthy: { ends: 'well', play: () => file('up\n') },
    failing: { ends: { fails: /state says down$/ }, play: () => file('down\n') },
    // A pipe that somebody may write to one day.
    slow: {
      ends: { blamesHost: /not a regular file$/ },
      play: async () => {
        const path = join(folder, 'pipe');
        namespace.run('mkfifo', path);
        return [makeTarget('file', 80, { path }), () => rmSync(path)];
      },
    },
    lying: { ends: { blamesHost: /holds neither "up" nor "down": "perhaps"$/ }, play: () => file('perhaps') },
    hanging: {
      ends: { blamesHost: /not a regular file$/ },
      play: async () => [makeTarget('file', 80, { path: '/dev/zero' }), () => {}],
    },
  },
};

describe('checks, by kind and fault', () => {
  before(() => {
    authority = createAuthority();
    folder = mkdtempSync(join(tmpdir(), 'regent-checks-'));
    namespace = createNamespace('checks');
    namespace.run('ip', 'route', 'add', 'unreachable', '198.51.100.0/24');
  });
  after(() => {
    removeNamespaces();
    authority.remove();
    rmSync(folder, { recursive: true });
  });

  it('are all in the matrix', () => {
    assert.ok(isComplete);
    for (const kind of kinds) assert.deepEqual(Object.keys(matrix[kind]), [...faults], kind);
    assert.deepEqual(Object.keys(matrix), [...kinds]);
  });

  for (const kind of kinds) {
    for (const fault of faults) {
      const cell = matrix[kind]?.[fault];
      it(`${kind}, ${fault}: ${cell === undefined ? 'missing' : JSON.stringify(cell.ends, (_, value) => (value instanceof RegExp ? value.source : value))}`, async () => {
        assert.ok(cell);
        const probe = createProbe({
          clock: monotonic,
          openEchoSocket: (options) => namespace.enter(() => openIcmpSocket(options)),
          dialer: openTcpDialer(),
          openHalfOpen: openHalfOpenDialer,
          mostKept: 10,
          startGroup: createGroupStarter(),
          scriptRefusal: undefined,
        });
        const [target, close] = await cell.play();
        try {
          const outcome = probe(target, timeoutOf(fault));
          const { ends } = cell;
          if (ends === 'well') {
            const { ok, error, latency } = await outcome;
            assert.deepEqual({ ok, error }, { ok: true, error: undefined });
            assert.ok(latency > 0 && latency < patience);
          } else if ('fails' in ends) {
            const { ok, error } = await outcome;
            assert.match(String(error), ends.fails);
            assert.equal(ok, false);
          } else {
            await assert.rejects(
              outcome,
              (error) => error instanceof LocalFault && ends.blamesHost.test(error.message),
            );
          }
        } finally {
          close();
        }
      });
    }
  }
});
