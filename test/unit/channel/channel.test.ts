// Both ends of a channel on real Unix sockets: reconnection, replacement, silence, a stopped process, garbage.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { connectChannel } from '../../../channel/connect.ts';
import { encodeGreeting, ungreeted } from '../../../channel/greeting.ts';
import { type Message, pause, quick, useEnds } from './ends.ts';

describe('channel', () => {
  const { call, keep, listen, path, spawnPeer } = useEnds();

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
    assert.equal((await stat(path())).mode & 0o777, 0o600);
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
    await stat(path());
    await listen();
    await call().until('connect');
  });

  it('refuses the path of a living process, without disturbing it', async () => {
    const child = await listen();
    const controller = call();
    await child.until('connect');
    await assert.rejects(listen(), new Error(`Cannot listen on ${path()}: another process does`));
    await pause(50);
    assert.deepEqual(child.seen, ['connect']);
    assert.deepEqual(controller.seen, ['connect']);
  });

  it('does not take an ordinary file for a stale socket', async () => {
    await writeFile(path(), 'precious');
    await assert.rejects(listen());
    assert.equal((await stat(path())).size, 8);
  });

  it('loses nothing of a process that ends once its last words have left', async () => {
    await spawnPeer('farewell');
    const controller = call({});
    await controller.until('closed');
    assert.equal(controller.seen.filter((word) => Number(word) > 0).length, 1000);
  });

  it('loses nothing of it while it is spoken to', async () => {
    await spawnPeer('farewell');
    let heard = 0;
    await new Promise<void>((resolve) => {
      const channel = connectChannel<Message, Message>(
        path(),
        {
          onMessage: ({ n }) => {
            heard += 1;
            channel.send({ n });
          },
          onDisconnect: () => resolve(),
        },
        quick,
      );
      keep(channel);
    });
    assert.equal(heard, 1000);
  });

  it('hears the last words of a process that has ended while its own loop stood still', async () => {
    let rounds = 0;
    const server = createServer((socket) =>
      socket.once('data', async () => {
        rounds += 1;
        await pause(rounds);
        socket.write(encodeGreeting(ungreeted));
        socket.write('{"n":1}\n');
        socket.destroy();
        // The next heartbeat is due when the loop goes on.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
      }),
    ).listen(path());
    await once(server, 'listening');
    // A heartbeat is every fourth tick: at one of these it is its turn.
    while (rounds < 24) {
      const controller = call();
      await controller.until('1');
      controller.channel.close();
    }
    server.close();
  });

  it('takes a flood in portions, all of it in order, and lets other work run between them', async () => {
    const child = await listen();
    const controller = call();
    await controller.until('connect');
    const numbers = Array.from({ length: 2000 }, (_, index) => index + 1);
    for (const n of numbers) child.channel.send({ n });
    const portions: number[] = [];
    for (let before = 1; before <= numbers.length; before = controller.seen.length) {
      await new Promise(setImmediate);
      portions.push(controller.seen.length - before);
    }
    assert.ok(Math.max(...portions) <= 100, `${Math.max(...portions)} in one turn`);
    assert.deepEqual(controller.seen, ['connect', ...numbers.map(String)]);
    child.channel.send({ n: 0 });
    await controller.until('0');
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
      const socket = connect(path());
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
    const socket = connect(path());
    socket.on('error', () => {});
    socket.resume();
    socket.write('nonsense\n');
    await once(socket, 'close');
    controller.channel.send({ n: 7 });
    await child.until('7');
    assert.deepEqual(child.seen, ['connect', 'a connection is refused: not JSON: nonsense', '7']);
  });
});
