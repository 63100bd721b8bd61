// Two directors exchange commands over real sockets: told at once, refused without the key, tried again while one is away.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Commands, commandServer, mergeCommands } from '../../../../controller/operator/commands.ts';
import {
  decodeStatusAnswer,
  decodeStatusQuestion,
  encodePeerMessage,
  encodeStatusAnswer,
  peerGreeting,
} from '../../../../controller/peers/message.ts';
import type { Facts } from '../../../../controller/peers/parity.ts';
import { openPeers, type Peers } from '../../../../controller/peers/peers.ts';
import { sign, signedHeaders } from '../../../../controller/peers/signed-body.ts';
import { ip } from '../../../../net/ip-address.ts';
import { added, drained, key } from './exchanged.ts';

describe('peers', () => {
  let directory: string;
  const open: Peers[] = [];
  const logged: string[] = [];
  let port = 20_000 + (process.pid % 20_000);

  const start = (director: string, own: number, other: number, secret = key.toString(), facts: Facts = {}) => {
    const keyFile = join(directory, director);
    writeFileSync(keyFile, `${secret}\n`);
    let commands: Commands = new Map();
    let exchanged = { commands, memberships: new Map() };
    const exchangedNow = () => {
      if (exchanged.commands !== commands) exchanged = { ...exchanged, commands };
      return exchanged;
    };
    const peers = openPeers({
      config: {
        listen: { address: ip('127.0.0.1'), port: own },
        keyFile,
        directors: [{ address: ip('127.0.0.1'), port: other }],
      },
      director,
      build: '1.0.0',
      announced: { serving: [] },
      commands: exchangedNow,
      parity: () => ({ digest: JSON.stringify(facts), facts }),
      onMessage: (message) => {
        commands = mergeCommands(commands, message.commands);
      },
      onQuestion: async () => undefined,
      onStatusQuestion: async (since) => ({ status: { director, since }, records: [{ message: 'x'.repeat(100_000) }] }),
      log: (level, _, message) => logged.push(`${level} ${director} ${message}`),
    });
    open.push(peers);
    return {
      peers,
      commands: () => commands,
      drain: (server: string) => {
        commands = commandServer(commands, server, { drained: true }, director, Date.now());
        peers.send(exchangedNow());
      },
    };
  };
  const until = async (condition: () => boolean): Promise<void> => {
    const end = performance.now() + 20_000;
    while (!condition()) {
      assert.ok(performance.now() < end, logged.join('\n'));
      await sleep(10);
    }
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'regent-peers-'));
    logged.length = 0;
    port += 2;
  });
  afterEach(() => {
    for (const peers of open.splice(0)) peers.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('tell each other what was commanded, at once', async () => {
    const [lb0, lb1] = [start('lb0', port, port + 1), start('lb1', port + 1, port)];
    lb0.drain('rs0');
    await until(() => lb1.commands().get('rs0')?.drained === true);
    lb1.drain('rs1');
    await until(() => lb0.commands().get('rs1')?.drained === true);
    await until(() => lb0.peers.status()[0]?.pending === false);
    assert.equal(lb0.peers.status()[0]?.director, 'lb1');
    // A command of this moment is not with the other yet.
    lb0.drain('rs2');
    assert.equal(lb0.peers.status()[0]?.pending, true);
    await until(() => lb0.peers.status()[0]?.pending === false);
  });

  it('hear each other’s heartbeats', async () => {
    const [lb0, lb1] = [start('lb0', port, port + 1), start('lb1', port + 1, port)];
    const standings = [{ key: '51 10.0.0.1', state: 'master', priority: 150 }] as const;
    lb1.peers.say({ standings, witness: 'lost' });
    await until(() => lb0.peers.evidence()[0]?.heartbeat?.witness === 'lost');
    const [evidence] = lb0.peers.evidence();
    assert.deepEqual([evidence?.name, evidence?.heartbeat?.standings], ['lb1', standings]);
    const { askedAt = 0 } = evidence ?? {};
    await until(() => (lb0.peers.evidence()[0]?.askedAt ?? 0) > askedAt);
  });

  it('take no heartbeat that answers an earlier question, though it is signed', async () => {
    const carried = { nonce: 'an earlier one', heartbeat: { standings: [], witness: 'lost' } } as const;
    const old = encodePeerMessage('lb1', { commands: drained, memberships: new Map() }, peerGreeting('1.0.0'), carried);
    const replaying = createServer((incoming, answer) => {
      incoming.resume();
      answer.writeHead(200, signedHeaders(old, key)).end(old);
    }).listen(port + 1, '127.0.0.1');
    try {
      const lb0 = start('lb0', port, port + 1);
      await until(() => lb0.peers.status()[0]?.reachable === true);
      assert.deepEqual(lb0.peers.evidence(), [{ name: 'lb1' }]);
    } finally {
      replaying.close();
      replaying.closeAllConnections();
    }
  });

  it('say so once while one is away, and tell it when it comes', async function () {
    this.timeout(60_000);
    const lb0 = start('lb0', port, port + 1);
    lb0.drain('rs0');
    await until(() => lb0.peers.status()[0]?.lastError !== undefined);
    const { reachable, pending } = lb0.peers.status()[0] ?? {};
    assert.deepEqual([reachable, pending], [false, true]);
    const lb1 = start('lb1', port + 1, port);
    await until(() => lb1.commands().get('rs0')?.drained === true);
    await until(() => lb0.peers.status()[0]?.reachable === true);
    assert.equal(
      logged.filter((line) => /warn lb0 cannot exchange commands with .* it is tried again/.test(line)).length,
      1,
    );
  });

  it('believe nobody who has another key', async () => {
    const [lb0, lb1] = [start('lb0', port, port + 1), start('lb1', port + 1, port, 'some other key, long enough')];
    lb0.drain('rs0');
    await until(() => lb0.peers.status()[0]?.lastError?.includes('403') ?? false);
    assert.equal(lb1.commands().size, 0);
    assert.ok(logged.some((line) => /warn lb1 refused a message from .*127\.0\.0\.1/.test(line)));
  });

  const flood = (count: number, from: string, head: string, body?: Buffer): Socket[] =>
    Array.from({ length: count }, () => {
      const socket = connect({ host: '127.0.0.1', port: port + 1, localAddress: from });
      socket.on('error', () => undefined);
      socket.resume();
      socket.write(`POST /v1/commands HTTP/1.1\r\nHost: x\r\n${head}`);
      if (body !== undefined) socket.write(body);
      return socket;
    });

  const large = Buffer.alloc(8 * 2 ** 20, 'x');
  for (const [what, head, body] of [
    ['a length', `content-length: ${large.length}\r\n\r\n`, large],
    ['pieces', 'transfer-encoding: chunked\r\n\r\n800000\r\n', large],
  ] as const)
    for (const from of ['127.0.0.1', '127.0.0.2'])
      it(`take little of 64 bodies of 8 MiB with ${what} from ${from}, and go on`, async function () {
        this.timeout(60_000);
        const [lb0, lb1] = [start('lb0', port, port + 1), start('lb1', port + 1, port)];
        await until(() => lb0.peers.status()[0]?.reachable === true);
        let most = 0;
        const before = process.memoryUsage().arrayBuffers;
        const watch = setInterval(() => {
          most = Math.max(most, process.memoryUsage().arrayBuffers - before);
        }, 5);
        const sockets = flood(64, from, head, body);
        await until(() => sockets.every(({ closed }) => closed));
        clearInterval(watch);
        // What the kernel takes besides stays in its socket buffers, which it bounds.
        assert.ok(most < 24 * 2 ** 20, `${most} bytes were kept`);
        lb0.drain('rs0');
        await until(() => lb1.commands().get('rs0')?.drained === true);
        assert.ok(logged.filter((line) => line.includes('refused')).length <= 1, logged.join('\n'));
      });

  it('answer each other while strangers hold as many connections as they can', async function () {
    this.timeout(60_000);
    const lb1 = start('lb1', port + 1, port);
    const idle = flood(200, '127.0.0.2', '');
    await sleep(200);
    const lb0 = start('lb0', port, port + 1);
    lb0.drain('rs0');
    await until(() => lb1.commands().get('rs0')?.drained === true);
    assert.ok(idle.filter(({ closed }) => !closed).length <= 16);
    await until(() => idle.every(({ closed }) => closed));
  });

  it('take a small message of a build that signs no length', async () => {
    const lb1 = start('lb1', port + 1, port);
    const body = JSON.stringify({ director: 'lb0', commands: [...drained.values()] });
    const status = await new Promise((resolve, reject) => {
      const asking = request(
        // Also from an address that is no peer's.
        { host: '127.0.0.1', port: port + 1, localAddress: '127.0.0.2', method: 'POST', path: '/v1/commands' },
        (response) => resolve(response.resume().statusCode),
      );
      asking.setHeader('regent-signature', sign(body, key)).on('error', reject).end(body);
    });
    assert.equal(status, 200);
    assert.equal(lb1.commands().get('rs0')?.drained, true);
  });

  it('know the version of each other', async () => {
    const [lb0] = [start('lb0', port, port + 1), start('lb1', port + 1, port)];
    await until(() => lb0.peers.status()[0]?.build === '1.0.0');
  });

  it('refuse a key that can be guessed', () => assert.throws(() => start('lb0', port, port + 1, 'short'), /shorter/));

  it('answer each other with their status, and not with that of another question', async () => {
    const { peers } = start('lb0', port, port + 1);
    start('lb1', port + 1, port);
    const address = `127.0.0.1:${port + 1}`;
    await until(() => peers.status()[0]?.reachable === true);
    const { status, records } = await peers.askStatus(address, '2026', 2000);
    assert.deepEqual(status, { director: 'lb1', since: '2026' });
    assert.equal(records.length, 1);
    await assert.rejects(peers.askStatus('192.0.2.1:1', undefined, 2000), /is not a peer/);
    const answer = encodeStatusAnswer('lb1', 'n1', { status: {}, records: [] }, peerGreeting('1'));
    assert.match(String(decodeStatusAnswer(answer, sign(answer, key), key, 'n2')), /another request/);
    assert.match(String(decodeStatusAnswer(answer, sign(answer, Buffer.from('other')), key, 'n1')), /signature/);
    // What is signed as another message is no question.
    const command = encodePeerMessage('lb0', { commands: drained, memberships: added }, peerGreeting('1'));
    assert.match(String(decodeStatusQuestion(command, sign(command, key), key)), /not a message/);
  });

  it('say what differs between them, and that nothing does', async () => {
    const service = (scheduler: string): Facts => ({ 'service web': JSON.stringify({ scheduler }) });
    const first = start('lb0', port, port + 1, key.toString(), service('wrr'));
    const second = start('lb1', port + 1, port, key.toString(), service('rr'));
    await until(() => [first, second].every(({ peers }) => peers.status()[0]?.differences?.length === 1));
    assert.deepEqual(first.peers.status()[0]?.differences, ['service web has scheduler wrr here, rr on lb1']);
    assert.deepEqual(second.peers.status()[0]?.differences, ['service web has scheduler rr here, wrr on lb0']);
    second.peers.close();
    start('lb1', port + 1, port, key.toString(), service('wrr'));
    await until(() => first.peers.status()[0]?.differences?.length === 0);
  });
});
