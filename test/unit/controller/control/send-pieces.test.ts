// Long answers: they arrive whole by one buffer, however long a piece is and however slowly they are read, and end with their client.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendPieces } from '../../../../controller/control/send-pieces.ts';

describe('an answer in pieces', () => {
  let server: Server;
  let answer: (response: ServerResponse) => Promise<void>;
  let outcome: Promise<void>;
  before(async () => {
    server = createServer((_, response) => {
      outcome = answer(response);
      outcome.catch(() => response.destroy());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  const open = async () => {
    const { port } = server.address() as AddressInfo;
    const asking = request({ port, host: '127.0.0.1', agent: false }).end();
    const [response] = await once(asking, 'response');
    return response as NodeJS.ReadableStream & { destroy: () => void };
  };

  it('arrives whole, longer than the buffer, with letters of several bytes at its ends', async () => {
    const pieces = ['', `a${'ä'.repeat(100_000)}`, '€'.repeat(70_000), '🙂'.repeat(40_000), 'end'];
    answer = async (response) =>
      sendPieces(
        (async function* () {
          yield* pieces;
        })(),
        response,
      );
    const response = await open();
    let text = '';
    response.setEncoding('utf8');
    for await (const chunk of response) {
      if (text.length < 200_000) await sleep(5);
      text += String(chunk);
    }
    assert.equal(text, pieces.join(''));
    await outcome;
  });

  it('sends what has come before the next piece does', async () => {
    let goOn = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    answer = async (response) =>
      sendPieces(
        (async function* () {
          yield 'first';
          await asked;
          yield 'second';
        })(),
        response,
      );
    const chunks = (await open())[Symbol.asyncIterator]();
    assert.equal(String((await chunks.next()).value), 'first');
    goOn();
    assert.equal(String((await chunks.next()).value), 'second');
    assert.equal((await chunks.next()).done, true);
  });

  it('makes no further pieces once its client has gone', async () => {
    let hasEnded = false;
    answer = async (response) =>
      sendPieces(
        (async function* () {
          try {
            for (;;) yield 'x'.repeat(100_000);
          } finally {
            hasEnded = true;
          }
        })(),
        response,
      );
    const response = await open();
    await once(response, 'data');
    response.destroy();
    await assert.rejects(outcome, /the client has gone/);
    assert.ok(hasEnded);
  });

  it('fails as its pieces do', async () => {
    answer = async (response) =>
      sendPieces(
        (async function* () {
          yield 'first';
          throw new Error('no more');
        })(),
        response,
      );
    const response = await open();
    await assert.rejects(async () => {
      for await (const _ of response);
    });
    await assert.rejects(outcome, /no more/);
  });
});
