// Parsers of files, of what peers and processes send each other, and of requests at the control socket.

import assert from 'node:assert/strict';
import { createFrameReader } from '../../channel/frames.ts';
import { isRefusal } from '../../channel/shape.ts';
import { parseConfig } from '../../config/source/load.ts';
import { type ControlPort, controlRoutes } from '../../controller/control/routes.ts';
import { parseRecord } from '../../controller/log/record.ts';
import { parseKnownCommands } from '../../controller/operator/commands.ts';
import { changeMembership } from '../../controller/operator/memberships.ts';
import {
  decodeAnswer,
  decodePeerMessage,
  decodeQuestion,
  encodeAnswer,
  encodePeerMessage,
  encodeQuestion,
  peerGreeting,
} from '../../controller/peers/message.ts';
import { sign } from '../../controller/peers/signed-body.ts';
import { decodeFromHealthcheck, decodeToHealthcheck } from '../../healthcheck/messages.ts';
import { importKeepalived } from '../../import/import.ts';
import { decodeFromVrrp, decodeToVrrp } from '../../vrrp/messages.ts';
import { inPieces, type Target } from './target.ts';

const router = 'vrrp: { routers: [{ name: vip, interface: eth0, virtual_router_id: 51, addresses: [192.0.2.1/32] }] }';

export const configuration: Target = {
  run: (input) => {
    const read = parseConfig(input.toString('utf8'), 'fuzzed.yaml');
    if (read.ok) return;
    assert.ok(read.problems.length > 0);
    for (const { line, message } of read.problems) assert.ok(line >= 1 && message !== '');
  },
  seeds: () => [
    `director: lb0\n${router}\n`,
    'director: lb0\nx-a: &a { type: tcp, interval: 1s }\nvirtual_services:\n  - name: web\n    address: 192.0.2.1:80\n    check: *a\n    real_servers: [192.0.2.2:80]\n',
    `director: "lb0"\n${router}\nlog: { level: debug }\npeers: { listen: "[::1]:1", key_file: /k, directors: [10.0.0.1:2] }\n`,
  ],
  words: [
    'director: ',
    'vrrp:',
    'routers:',
    '&a',
    '*a',
    '<<: ',
    '!!str ',
    '|\n',
    '- ',
    '{',
    '}',
    '[',
    ']',
    '---\n',
    'track:',
    '10s',
    '::1',
    'include: ',
  ],
};

/** The one file there is. */
const filesOf = (text: string): Parameters<typeof importKeepalived>[1] => ({
  read: () => ({ text }),
  match: () => [],
});

export const keepalived: Target = {
  run: (input) => {
    const files = filesOf(input.toString('utf8'));
    let imported: ReturnType<typeof importKeepalived>;
    try {
      imported = importKeepalived('/fuzzed.conf', files, { configId: 'lb0', environment: {} });
    } catch (error) {
      if (/there is no block of keepalived in it/.test(String(error))) return;
      throw error;
    }
    parseConfig(imported.yaml, 'imported.yaml');
  },
  seeds: () => [
    'vrrp_instance VI {\n  interface eth0\n  virtual_router_id 51\n  priority 100\n  advert_int 1\n  virtual_ipaddress {\n    192.0.2.1/24 dev eth0\n  }\n}\n',
    'virtual_server 192.0.2.1 80 {\n  lb_algo rr\n  lb_kind NAT\n  protocol TCP\n  real_server 192.0.2.2 80 {\n    weight 1\n    TCP_CHECK { connect_timeout 3 }\n  }\n}\n',
    'global_defs {\n router_id a\n}\n$A=1\nvrrp_script s {\n script "/bin/true"\n}\n~SEQ(x,1,3) vrrp_instance $x { }\n',
  ],
  words: [
    'vrrp_instance ',
    'virtual_server ',
    'real_server ',
    '{',
    '}',
    '!',
    '#',
    '@a ',
    '@^a ',
    '$A=',
    '$' + '{A}',
    '~SEQ(',
    '"',
    '\\\n',
    'include ',
    'vrrp_sync_group g ',
    'track_script ',
    'virtual_routes ',
    'HTTP_GET ',
  ],
};

const key = Buffer.from('a key that both directors have');

export const peer: Target = {
  run: (input) => {
    const text = input.toString('utf8');
    const signature = sign(text, key);
    for (const read of [
      decodePeerMessage(text, signature, key),
      decodeQuestion(text, signature, key),
      decodeAnswer(text, signature, key, 'n'),
    ])
      if (typeof read !== 'string') assert.ok(read.director.length <= 200);
    assert.equal(typeof decodePeerMessage(text, '', key), 'string');
  },
  seeds: () => {
    const hello = peerGreeting('1.0');
    const command = { server: 'rs0', drained: true, by: 'lb0', at: 1, stamp: 1 };
    const added = { service: 'web', server: '192.0.2.3:80', settings: { weight: 5 } };
    const memberships = changeMembership(new Map(), added, 'lb0', 1);
    return [
      encodePeerMessage('lb1', { commands: new Map([['rs0', command as never]]), memberships }, hello, {
        parity: { digest: 'x' },
        nonce: 'n',
        heartbeat: { standings: [{ key: '51 192.0.2.1', state: 'master', priority: 1 }], witness: 'lost' },
      }),
      encodeQuestion({ director: 'lb1', nonce: 'n', rules: true }, hello),
      encodeAnswer({ director: 'lb1', nonce: 'n', established: new Uint32Array([1, 2]) }, hello),
    ];
  },
  words: [
    '"director":',
    '"commands":',
    '"heartbeat":',
    '"parity":',
    '"standings":',
    '[]',
    '{}',
    'null',
    '1e999',
    '"__proto__":',
    '\\u0000',
  ],
};

/** Messages between the processes: what a process of another build, or a hostile one in its place, may send. */
export const channel: Target = {
  run: (input) => {
    const [read, again] = [createFrameReader(65_536), createFrameReader(65_536)];
    const { lines } = read(input);
    assert.deepEqual(
      inPieces(input).flatMap((piece) => again(piece).lines),
      lines,
    );
    for (const line of lines) {
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch {
        continue;
      }
      for (const decode of [decodeToVrrp, decodeFromVrrp, decodeToHealthcheck, decodeFromHealthcheck]) {
        const message = decode(value);
        if (!isRefusal(message)) assert.equal(typeof message.type, 'string');
      }
    }
  },
  seeds: () => [
    '{"type":"configure","director":"lb0","config":{"routers":[],"groups":[],"bfd":[],"hold":1,"announceRate":1},"stateDirectory":"/","aside":[]}\n',
    '{"type":"track","item":"script a","state":"up","reason":"x"}\n\n{"type":"stop"}\n',
    '{"type":"will","will":{"rules":[],"routes":[],"addresses":[],"farewells":[]}}\n',
    '{"type":"verdict","target":"a","health":"up","reason":"x"}\n',
  ],
  words: ['"type":', '"configure"', '"event"', '"status"', '[]', '{}', 'null', '\n', '1e999', '"__proto__":{}'],
};

/** Files that regent itself has written, and that a disk or a person has changed. */
export const records: Target = {
  run: (input) => {
    const text = input.toString('utf8');
    parseRecord(text);
    try {
      parseKnownCommands(JSON.parse(text));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  },
  seeds: () => [
    '{"time":"2026-01-01T00:00:00.000Z","level":"info","director":"lb0","process":"vrrp","event":"started","message":"x"}',
    '[{"server":"rs0","drained":true,"by":"lb0","at":1}]',
  ],
  words: ['"time":', '"level":', '"server":', '"drained":', 'null', '[]', '1e999', '"at":'],
};

/** A request at the control socket: its line, and its body as JSON. */
export const control: Target = {
  run: async (input) => {
    const [line = '', ...rest] = input.toString('utf8').split('\n');
    const [method = '', target = ''] = line.split(' ');
    let url: URL;
    let body: unknown;
    try {
      url = new URL(target, 'http://regent');
      body = rest.length === 0 ? undefined : JSON.parse(rest.join('\n'));
    } catch {
      return;
    }
    const answer = (): string => 'there is none';
    const metrics = { contentType: () => 'text/plain', render: answer };
    const silent = new Proxy({}, { get: (_, name) => (name === 'metrics' ? metrics : answer) }) as ControlPort;
    const parts = url.pathname.split('/');
    for (const route of controlRoutes(silent)) {
      const template = route.path.split('/');
      if (route.method !== method || template.length !== parts.length) continue;
      const params = Object.fromEntries(
        template.flatMap((part, index) => (part.startsWith('{') ? [[part.slice(1, -1), parts[index] ?? '']] : [])),
      );
      await route.handle({ params, query: url.searchParams, body, signal: new AbortController().signal });
    }
  },
  seeds: () => [
    'POST /v1/servers/rs0/drain\n{}',
    'PUT /v1/servers/rs0/weight\n{"weight":1}',
    'POST /v1/handover\n{"router":"vip"}',
    'GET /v1/events?since=2026-01-01T00:00:00Z&process=vrrp',
    'POST /v1/plan\n{"vrrp":{"routers":[],"groups":[]},"virtualServices":[]}',
    'PUT /v1/log/levels/vrrp\n{"level":"debug"}',
  ],
  words: [
    'GET ',
    'POST ',
    'PUT ',
    'DELETE ',
    '/v1/',
    '{}',
    '[]',
    'null',
    '"weight":',
    '"drained":',
    '"router":',
    '?since=',
    '%00',
  ],
};
