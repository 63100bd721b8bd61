// A channel between two builds: connected where both understand one protocol, and what one does not know is left aside.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { ChannelOptions } from '../../../channel/channel.ts';
import { connectChannel } from '../../../channel/connect.ts';
import { listenChannel } from '../../../channel/listen.ts';
import { type Decode, decoderOf, type Shapes } from '../../../channel/shape.ts';
import { type Message, pause, quick, useEnds } from './ends.ts';

describe('a channel between two builds', () => {
  const { call, keep, listen, path } = useEnds();

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
        path(),
        {
          onConnect: () => reasons.push('connect'),
          onMessage: () => {},
          onDisconnect: ({ reason, detail }) => reasons.push(reason, detail),
        },
        ours,
      );
      keep(channel);
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

  it('keeps its controller beside a connection that does not greet, which says whatever it says', async () => {
    const child = await listen();
    const controller = call();
    await child.until('connect');
    const refused = 'a connection is refused: it does not greet, and a controller is connected';
    for (const [index, frame] of ['{"type":"from-a-newer-build"}\n', 'null\n', '\n', '{"type":"hello"}\n'].entries()) {
      const stranger = connect(path());
      stranger.on('error', () => undefined).write(frame);
      await child.until(refused, index + 1);
    }
    controller.channel.send({ n: 7 });
    await child.until('7');
    assert.deepEqual(controller.seen, ['connect']);
  });

  it('leaves aside what its owner cannot take from another build', async () => {
    const seen: string[] = [];
    const channel = await listenChannel<Message, Message>(
      path(),
      {
        onMessage: ({ n }) => {
          if (n === 1) throw new TypeError('no such thing');
          seen.push(String(n));
        },
        onRefusal: (text) => seen.push(text),
      },
      quick,
    );
    keep(channel);
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
