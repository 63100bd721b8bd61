// Both ends of a channel on real Unix sockets: reconnection, replacement, silence, a stopped process, garbage.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Channel, ChannelHandlers, ChannelOptions } from '../../../channel/channel.ts';
import { type ConnectOptions, connectChannel } from '../../../channel/connect.ts';
import { listenChannel } from '../../../channel/listen.ts';
import { type Decode, decoderOf, type Shapes } from '../../../channel/shape.ts';

type Message = { readonly type?: 'count'; readonly n: number; readonly filler?: string };

const quick: ChannelOptions<Message> = { beatEvery: 20, silentAfter: 60 };

/** Records what a channel calls as words: `connect`, `1`, `closed`, `silence`, `resume`. */
const createRecorder = () => {
  const seen: string[] = [];
  const handlers: ChannelHandlers<Message> = {
    onConnect: () => seen.push('connect'),
    onMessage: (message) => seen.push(String(message.n)),
    onDisconnect: (why) => seen.push(why.reason),
    onRefusal: (text) => seen.push(text),
    onSilence: () => seen.push('silence'),
    onResume: () => seen.push('resume'),
  };
  const until = async (word: string, count = 1): Promise<void> => {
    const deadline = performance.now() + 3000;
    while (seen.filter((one) => one === word).length < count) {
      if (performance.now() > deadline) assert.fail(`no ${count} x ${word} in: ${seen.join(' ')}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  return { seen, handlers, until };
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('channel', () => {
  let folder = '';
  let path = '';
  let ends: Channel<Message>[] = [];
  let children: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'regent-channel-'));
    path = join(folder, 'child.sock');
    ends = [];
    children = [];
  });
  afterEach(async () => {
    for (const end of ends) end.close();
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });

  const listen = async (options = quick) => {
    const recorder = createRecorder();
    const channel = await listenChannel<Message, Message>(path, recorder.handlers, options);
    ends.push(channel);
    return { ...recorder, channel };
  };
  const call = (options: ConnectOptions<Message> = quick) => {
    const recorder = createRecorder();
    const channel = connectChannel<Message, Message>(path, recorder.handlers, options);
    ends.push(channel);
    return { ...recorder, channel };
  };
  const spawnPeer = async (role: 'listen' | 'connect'): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('./peer.js', import.meta.url)), role, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    if (child.stdout !== null) await once(child.stdout, 'data');
    return child;
  };

  it('carries messages both ways, in order, and shows no heartbeat', async () => {
    const child = await listen();
    const controller = call();
    await controller.until('connect');
    for (const n of [1, 2, 3]) assert.equal(controller.channel.send({ n }), true);
    await child.until('3');
    child.channel.send({ n: 4 });
    await controller.until('4');
    await pause(100);
    assert.deepEqual(child.seen, ['connect', '1', '2', '3']);
    assert.deepEqual(controller.seen, ['connect', '4']);
  });

  it('waits for a socket that does not exist yet', async () => {
    const controller = call();
    await pause(50);
    await listen();
    await controller.until('connect');
  });

  it('gives up at the deadline when nobody listens', async () => {
    const controller = call({ deadline: 60 });
    await controller.until('unreachable');
    assert.equal(controller.channel.send({ n: 1 }), false);
  });

  it('makes the socket for this user alone', async () => {
    await listen();
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  });

  it('is connected anew after the controller went', async () => {
    const child = await listen();
    const first = call();
    await first.until('connect');
    first.channel.close();
    await child.until('closed');
    assert.equal(child.channel.send({ n: 1 }), false);
    const second = call();
    await second.until('connect');
    await child.until('connect', 2);
    child.channel.send({ n: 2 });
    await second.until('2');
    assert.deepEqual(child.seen, ['connect', 'closed', 'connect']);
    assert.deepEqual(first.seen, ['connect']);
  });

  it('lets a newer controller replace the older one', async () => {
    const child = await listen();
    const older = call();
    await child.until('connect');
    const newer = call();
    await older.until('closed');
    await child.until('connect', 2);
    child.channel.send({ n: 1 });
    await newer.until('1');
    assert.deepEqual(child.seen, ['connect', 'replaced', 'connect']);
  });

  it('removes the socket file of a dead process', async () => {
    const dead = await spawnPeer('listen');
    dead.kill('SIGKILL');
    await once(dead, 'exit');
    await stat(path);
    await listen();
    await call().until('connect');
  });

  it('refuses the path of a living process, without disturbing it', async () => {
    const child = await listen();
    const controller = call();
    await child.until('connect');
    await assert.rejects(listen(), new Error(`Cannot listen on ${path}: another process does`));
    await pause(50);
    assert.deepEqual(child.seen, ['connect']);
    assert.deepEqual(controller.seen, ['connect']);
  });

  it('does not take an ordinary file for a stale socket', async () => {
    await writeFile(path, 'precious');
    await assert.rejects(listen());
    assert.equal((await stat(path)).size, 8);
  });

  it('reports the silence of a stopped process once, and its return', async () => {
    const peer = await spawnPeer('listen');
    const controller = call({ beatEvery: 400, silentAfter: 1200 });
    await controller.until('connect');
    peer.kill('SIGSTOP');
    const stoppedAt = performance.now();
    await controller.until('silence');
    assert.ok(performance.now() - stoppedAt > 200);
    await pause(300);
    peer.kill('SIGCONT');
    await controller.until('resume');
    assert.deepEqual(controller.seen, ['connect', 'silence', 'resume']);
  });

  it('blames nobody for a pause of its own', async () => {
    await spawnPeer('listen');
    const controller = call({ beatEvery: 1000, silentAfter: 1000 });
    await controller.until('connect');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
    await pause(100);
    assert.deepEqual(controller.seen, ['connect']);
  });

  it('bounds what waits for a stopped process and counts the rest', async () => {
    const peer = await spawnPeer('listen');
    const controller = call({ queueLimit: 100_000, isDroppable: (message) => message.n % 2 === 0 });
    await controller.until('connect');
    peer.kill('SIGSTOP');
    const filler = 'x'.repeat(10_000);
    const accepted = Array.from({ length: 400 }, (_, n) => controller.channel.send({ n, filler }));
    assert.ok(controller.channel.dropped() > 300);
    assert.equal(accepted.at(-1), false, 'a queue full of undroppable messages refuses more');
    const refused = accepted.filter((taken) => !taken).length;
    assert.ok(controller.channel.dropped() > refused, 'droppable messages made room');
  });

  it('refuses to send a frame that the other end would not take', async () => {
    const child = await listen();
    const controller = call({ ...quick, frameLimit: 100 });
    await controller.until('connect');
    assert.equal(controller.channel.send({ n: 1, filler: 'x'.repeat(100) }), false);
    assert.equal(controller.channel.dropped(), 1);
    controller.channel.send({ n: 2 });
    await child.until('2');
  });

  it('passes a message of two megabytes and flushes it on close', async () => {
    const child = await listen();
    const controller = call();
    await controller.until('connect');
    controller.channel.send({ n: 1, filler: 'x'.repeat(2_000_000) });
    controller.channel.send({ n: 2 });
    controller.channel.close();
    await child.until('closed');
    assert.deepEqual(child.seen, ['connect', '1', '2', 'closed']);
  });

  const garbage = [
    { what: 'text that is no JSON', bytes: '\nhello\n', reason: 'not-json' },
    { what: 'half a JSON value', bytes: '{"n":1}\n{"n":\n', reason: 'not-json' },
    { what: 'an endless line', bytes: `\n${'x'.repeat(3000)}`, reason: 'too-long' },
  ];
  for (const { what, bytes, reason } of garbage) {
    it(`closes the connection on ${what}: ${reason}`, async () => {
      const child = await listen({ ...quick, frameLimit: 2000 });
      const socket = connect(path);
      socket.on('error', () => {});
      socket.resume();
      socket.write(bytes);
      await once(socket, 'close');
      await child.until(reason);
      await call().until('connect');
    });
  }

  it('does not disturb a controller for a stranger that talks nonsense', async () => {
    const child = await listen();
    const controller = call();
    await controller.until('connect');
    const socket = connect(path);
    socket.on('error', () => {});
    socket.resume();
    socket.write('nonsense\n');
    await once(socket, 'close');
    controller.channel.send({ n: 7 });
    await child.until('7');
    assert.deepEqual(child.seen, ['connect', 'a connection is refused: not JSON: nonsense', '7']);
  });

  const speaking = (protocol: number, oldest: number, build = `${protocol}.0`): ChannelOptions<Message> => ({
    ...quick,
    greeting: { protocol, oldest, build },
  });

  for (const [what, ours, theirs, why] of [
    ['an older', speaking(2, 2), speaking(1, 1), 'its build 1.0 speaks protocol 1, and this one needs 2'],
    ['a newer', speaking(1, 1), speaking(2, 2), 'its build 2.0 needs protocol 2, and this one speaks 1'],
  ] as const)
    it(`is not connected to ${what} build that speaks another protocol, and both ends say why`, async () => {
      const child = await listen(theirs);
      const reasons: string[] = [];
      const channel = connectChannel<Message, Message>(
        path,
        {
          onConnect: () => reasons.push('connect'),
          onMessage: () => {},
          onDisconnect: ({ reason, detail }) => reasons.push(reason, detail),
        },
        ours,
      );
      ends.push(channel);
      const deadline = performance.now() + 3000;
      while (reasons.length === 0 && performance.now() < deadline) await pause(5);
      assert.deepEqual(reasons, ['incompatible', why]);
      assert.equal(channel.isConnected(), false);
      await pause(50);
      assert.ok(!child.seen.includes('connect'), child.seen.join());
      assert.match(child.seen.join(), /^(a connection is refused: its build .*)?$/);
    });

  it('is connected to a newer build that still understands this protocol', async () => {
    const child = await listen(speaking(2, 1));
    const controller = call(speaking(1, 1));
    await controller.until('connect');
    controller.channel.send({ n: 3 });
    await child.until('3');
  });

  it('leaves aside what it cannot decode, and says each cause once', async () => {
    const decode = decoderOf<Message & { type: 'count' }>({
      count: { n: 'number', filler: { optional: 'text' } },
    } as Shapes<Message & { type: 'count' }>) as Decode<Message>;
    const child = await listen({ ...quick, decode } as ChannelOptions<Message>);
    const controller = call(speaking(1, 1, '9.9'));
    await controller.until('connect');
    for (const message of [
      { type: 'new', n: 1 },
      { type: 'new', n: 2 },
      { type: 'count', n: 'x' },
      { type: 'count', n: 5 },
    ])
      controller.channel.send(message as unknown as Message);
    await child.until('5');
    const left = 'a message of another build is left aside: ';
    assert.deepEqual(child.seen, [
      'connect',
      `${left}new (build 9.9)`,
      `${left}count, whose n is not a number (build 9.9)`,
      '5',
    ]);
  });

  it('leaves aside what its owner cannot take from another build', async () => {
    const seen: string[] = [];
    const channel = await listenChannel<Message, Message>(
      path,
      {
        onMessage: ({ n }) => {
          if (n === 1) throw new TypeError('no such thing');
          seen.push(String(n));
        },
        onRefusal: (text) => seen.push(text),
      },
      quick,
    );
    ends.push(channel);
    const controller = call(speaking(1, 1, '9.9'));
    await controller.until('connect');
    for (const n of [1, 2]) controller.channel.send({ n });
    const deadline = performance.now() + 3000;
    while (seen.length < 2 && performance.now() < deadline) await pause(5);
    assert.deepEqual(seen, [
      'a message of another build is left aside: one, which cannot be taken: no such thing (build 9.9)',
      '2',
    ]);
  });
});
