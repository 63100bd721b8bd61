// Parsers of what servers answer to checks, and of what scripts print: whole or in pieces the result must be the same.

import assert from 'node:assert/strict';
import { decodeResponse } from '../../healthcheck/checks/grpc-codec.ts';
import { createExchange } from '../../healthcheck/checks/h2-exchange.ts';
import { encodeFrame, flags, frameTypes } from '../../healthcheck/checks/h2-frames.ts';
import { createHeaderDecoder, encodeFields } from '../../healthcheck/checks/hpack.ts';
import { createAnswerReader } from '../../healthcheck/checks/http-answer.ts';
import { createReplyReader } from '../../healthcheck/checks/smtp-reply.ts';
import { parseWeight } from '../../healthcheck/checks/weight.ts';
import { inPieces, type Target } from './target.ts';

const readHttp = (method: string, pieces: readonly Buffer[]) => {
  const reader = createAnswerReader(method, 512);
  for (const piece of pieces) reader.read(piece);
  const { body, ...rest } = reader.end();
  return { ...rest, body: body().toString('latin1') };
};

export const http: Target = {
  run: (input) => {
    for (const method of ['GET', 'HEAD']) {
      const whole = readHttp(method, [input]);
      if (whole.malformed === undefined) assert.deepEqual(readHttp(method, inPieces(input)), whole);
      else assert.notEqual(readHttp(method, inPieces(input)).malformed, undefined);
    }
  },
  seeds: () => [
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nx: y\r\n\r\n',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 204 No Content\r\nConnection: keep-alive\r\n\r\n',
    'ICY 200 OK\nfolded: a\n b\n\nbody',
  ],
  words: [
    '\r\n',
    '\n',
    'HTTP/1.1 ',
    'Content-Length: ',
    'Transfer-Encoding: chunked',
    'Connection: close',
    '0\r\n\r\n',
    ': ',
    '\r\r\n',
  ],
};

export const smtp: Target = {
  run: (input) => {
    const read = (pieces: readonly Buffer[]) => {
      const reader = createReplyReader();
      return JSON.stringify(pieces.flatMap((piece) => reader.read(piece)));
    };
    read([input]);
    read(inPieces(input));
  },
  seeds: () => ['220 mail ready\r\n', '250-mail\r\n250-SIZE 10\r\n250 HELP\r\n', '421 4.3.2 away\n'],
  words: ['\r\n', '250-', '250 ', '220 '],
};

const headers = (fields: readonly (readonly [string, string])[], own: number): Buffer =>
  encodeFrame({ type: frameTypes.headers, flags: own, stream: 1, payload: encodeFields(fields) });
const frame = (type: number, own: number, stream: number, payload: Buffer): Buffer =>
  encodeFrame({ type, flags: own, stream, payload });

export const grpc: Target = {
  run: (input) => {
    decodeResponse(input);
    createHeaderDecoder().decode(input);
    for (const pieces of [[input], inPieces(input)]) {
      const exchange = createExchange([[':method', 'POST']], Buffer.from('x'));
      for (const piece of pieces) exchange.read(piece);
    }
  },
  seeds: () => {
    const settings = frame(frameTypes.settings, 0, 0, Buffer.alloc(0));
    const head = headers(
      [
        [':status', '200'],
        ['content-type', 'application/grpc'],
      ],
      flags.endHeaders,
    );
    const data = frame(frameTypes.data, 0, 1, Buffer.from('00000000020801', 'hex'));
    const trailers = headers([['grpc-status', '0']], flags.endHeaders | flags.endStream);
    return [
      Buffer.concat([settings, head, data, trailers]),
      Buffer.concat([settings, frame(frameTypes.ping, 0, 0, Buffer.alloc(8)), head]),
      Buffer.from('00000000020801', 'hex'),
      encodeFields([
        [':status', '200'],
        ['grpc-message', 'none'],
      ]),
      Buffer.from('828684418cf1e3c2e5f23a6ba0ab90f4ff', 'hex'),
    ];
  },
};

export const weight: Target = {
  run: (input) => {
    const found = parseWeight(input.toString('utf8'));
    if (found !== undefined) assert.ok(Number.isInteger(found) && found >= 0 && found <= 65_535, String(found));
  },
  seeds: () => ['100', 'up\n50%\n', '0\n', ' 12 \n'],
};
