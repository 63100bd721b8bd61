// A session of the kept machine is lent to one client after the other, and none says a word into the command of another.

import { deepEqual, equal } from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { createErrorLoan, createLoan } from '../../../lab/vm/loan.ts';

const settled = async (): Promise<void> => {
  for (let turns = 0; turns < 5; turns++) await turn();
};

/** One end of a line: `said` is what was written to it. */
const openEnd = () => {
  const said: string[] = [];
  const end = new Duplex({
    // As a socket of a server: it ends when its other end does.
    allowHalfOpen: false,
    read: () => {},
    write: (bytes: Buffer, _encoding, done) => {
      said.push(bytes.toString());
      done();
    },
    // Its close comes some turns after that.
    final: (done) => void settled().then(() => done()),
  });
  return { end, said, says: (text: string) => void end.push(text), hangsUp: () => void end.push(null) };
};

const openLine = () => {
  const guest = openEnd();
  const hungUp: string[] = [];
  const loan = createLoan(guest.end, (nonce) => hungUp.push(nonce));
  const enter = () => {
    const client = openEnd();
    loan(client.end);
    return client;
  };
  return { guest, hungUp, enter };
};

describe('a session of the kept machine', () => {
  it('lets the next client wait for the end of a command whose client has gone', async () => {
    const { guest, hungUp, enter } = openLine();
    const first = enter();
    first.says('\nrun aa 0 0 Zm9v\n');
    await settled();
    first.end.destroy();
    const second = enter();
    second.says('\nrun bb 0 0 YmFy\n');
    await settled();
    deepEqual([guest.said, hungUp], [['\nrun aa 0 0 Zm9v\n'], ['aa']]);
    guest.says('\0aa\nold');
    guest.says('\0aa 137\n');
    await settled();
    equal(guest.said.at(-1), '\nrun bb 0 0 YmFy\n');
    guest.says('\0bb\nnew\0bb 0\n');
    await settled();
    equal(second.said.join(''), '\0bb\nnew\0bb 0\n');
  });

  it('is free at once after a command that has ended, whose client is not told of', async () => {
    const { guest, hungUp, enter } = openLine();
    const first = enter();
    first.says('\nrun aa 0 0 Zm9v\n');
    await settled();
    guest.says('\0aa\n\0aa 0\n');
    await settled();
    first.end.destroy();
    const second = enter();
    second.says('\nrun bb 0 0 YmFy\n');
    await settled();
    deepEqual(guest.said, ['\nrun aa 0 0 Zm9v\n', '\nrun bb 0 0 YmFy\n']);
    deepEqual(hungUp, []);
  });

  it('passes what a client says during its command', async () => {
    const { guest, enter } = openLine();
    const client = enter();
    client.says('\nrun aa 0 0 Zm9v\n');
    await settled();
    client.says('signal INT\n');
    await settled();
    deepEqual(guest.said, ['\nrun aa 0 0 Zm9v\n', 'signal INT\n']);
  });

  it('passes nothing on of a client that has said its request and left at once', async () => {
    const { guest, enter } = openLine();
    const client = enter();
    client.says('\nrun aa 0 0 Zm9v\n');
    await turn();
    client.hangsUp();
    await settled();
    deepEqual(guest.said, []);
  });

  it('forgets a client that has left while it waited', async () => {
    const { guest, hungUp, enter } = openLine();
    const first = enter();
    first.says('\nrun aa 0 0 Zm9v\n');
    const second = enter();
    second.says('\nrun bb 0 0 YmFy\n');
    const third = enter();
    third.says('\nrun cc 0 0 YmF6\n');
    await settled();
    second.end.destroy();
    await settled();
    guest.says('\0aa\n\0aa 0\n');
    await settled();
    first.end.destroy();
    await settled();
    deepEqual(guest.said, ['\nrun aa 0 0 Zm9v\n', '\nrun cc 0 0 YmF6\n']);
    deepEqual(hungUp, []);
  });

  it('passes a request on when it is whole, and nothing of a client that has left before', async () => {
    const { guest, hungUp, enter } = openLine();
    const first = enter();
    first.says('\nrun aa 0 0 Zm');
    await settled();
    first.end.destroy();
    const second = enter();
    second.says('\nrun bb 0 0 Ym');
    await settled();
    deepEqual([guest.said, hungUp], [[], []]);
    second.says('Fy\n');
    await settled();
    deepEqual(guest.said, ['\nrun bb 0 0 YmFy\n']);
  });

  it('sees that a client that waits has ended its stream', async () => {
    const { guest, hungUp, enter } = openLine();
    const first = enter();
    first.says('\nrun aa 0 0 Zm9v\n');
    const second = enter();
    second.says('\nrun bb 0 0 YmFy\n');
    second.hangsUp();
    await settled();
    guest.says('\0aa\n\0aa 0\n');
    first.end.destroy();
    await settled();
    deepEqual([guest.said, hungUp], [['\nrun aa 0 0 Zm9v\n'], []]);
  });

  for (const [name, end] of [
    ['reads on', 'drain'],
    ['leaves', 'close'],
  ] as const)
    it(`halts for a client that does not read, until it ${name}`, async () => {
      const guest = openEnd();
      const loan = createErrorLoan(guest.end);
      const client = new Duplex({ read: () => {}, write: () => {}, highWaterMark: 1 });
      loan(client);
      guest.says('much');
      await settled();
      equal(guest.end.isPaused(), true);
      if (end === 'drain') client.emit('drain');
      else client.destroy();
      await settled();
      equal(guest.end.isPaused(), false);
      equal(client.listenerCount('drain'), 0);
    });
});
