// Two directors exchange commands over real sockets: told at once, refused without the key, tried again while one is away.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Commands, commandServer, mergeCommands } from '../../../../controller/operator/commands.ts';
import { decodePeerMessage, encodePeerMessage, sign } from '../../../../controller/peers/message.ts';
import { openPeers, type Peers } from '../../../../controller/peers/peers.ts';
import { ip } from '../../../../net/ip-address.ts';

const key = Buffer.from('a key that both directors have');
const drained = commandServer(new Map(), 'rs0', { drained: true }, 'lb0', 1);

describe('a message of a director', () => {
  const body = encodePeerMessage('lb0', drained);
  it('is read with its signature', () =>
    assert.deepEqual(decodePeerMessage(body, sign(body, key), key), {
      director: 'lb0',
      commands: [...drained.values()],
    }));
  for (const [what, text, signature, words] of [
    ['another key', body, sign(body, Buffer.from('another key')), /signature/],
    ['no signature', body, undefined, /signature/],
    ['a signature cut short', body, sign(body, key).slice(2), /signature/],
    ['another body', body.replace('rs0', 'rs1'), sign(body, key), /signature/],
    ['no JSON', '{', sign('{', key), /no message/],
    ['no commands', '{"director":"lb0"}', sign('{"director":"lb0"}', key), /no message/],
  ] as const)
    it(`is refused with ${what}`, () => assert.match(String(decodePeerMessage(text, signature, key)), words));
});

describe('peers', () => {
  let directory: string;
  const open: Peers[] = [];
  const logged: string[] = [];
  let port = 20_000 + (process.pid % 20_000);

  const start = (director: string, own: number, other: number, secret = key.toString()) => {
    const keyFile = join(directory, director);
    writeFileSync(keyFile, `${secret}\n`);
    let commands: Commands = new Map();
    const peers = openPeers({
      config: {
        listen: { address: ip('127.0.0.1'), port: own },
        keyFile,
        directors: [{ address: ip('127.0.0.1'), port: other }],
      },
      director,
      commands: () => commands,
      onMessage: (message) => {
        commands = mergeCommands(commands, message.commands);
      },
      onQuestion: async () => undefined,
      log: (level, _, message) => logged.push(`${level} ${director} ${message}`),
    });
    open.push(peers);
    return {
      peers,
      commands: () => commands,
      drain: (server: string) => {
        commands = commandServer(commands, server, { drained: true }, director, Date.now());
        peers.tell();
      },
    };
  };
  const until = async (condition: () => boolean): Promise<void> => {
    const end = performance.now() + 8000;
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
  });

  it('say so once while one is away, and tell it when it comes', async function () {
    this.timeout(15_000);
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

  it('refuse a key that can be guessed', () => assert.throws(() => start('lb0', port, port + 1, 'short'), /shorter/));
});
