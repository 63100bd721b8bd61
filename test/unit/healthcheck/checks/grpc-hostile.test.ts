// gRPC checks of servers whose HTTP/2 is hostile: each ends in an outcome, and no frame ends the process.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import fc from 'fast-check';
import { milliseconds, monotonic } from '../../../../base/units.ts';
import { createGrpcProbe } from '../../../../healthcheck/checks/grpc.ts';
import { createExchange } from '../../../../healthcheck/checks/h2-exchange.ts';
import { encodeFrame } from '../../../../healthcheck/checks/h2-frames.ts';
import { encodeFields } from '../../../../healthcheck/checks/hpack.ts';
import { createTlsContexts } from '../../../../healthcheck/tls-contexts.ts';
import { makeTarget } from '../../../servers/checks.ts';
import { type Listening, listen } from '../../../servers/listening.ts';

const frame = (type: number, flags: number, stream: number, payload: Buffer | string = ''): Buffer =>
  encodeFrame({ type, flags, stream, payload: typeof payload === 'string' ? Buffer.from(payload, 'hex') : payload });

const greeting = frame(4, 0, 0);
const head = frame(
  1,
  4,
  1,
  encodeFields([
    [':status', '200'],
    ['content-type', 'application/grpc'],
  ]),
);
const serving = frame(0, 0, 1, '00000000020801');
const trailers = frame(1, 5, 1, encodeFields([['grpc-status', '0']]));
const answer = Buffer.concat([head, serving, trailers]);
const all = (...parts: Buffer[]): Buffer => Buffer.concat(parts);
const times = (count: number, part: Buffer): Buffer => Buffer.concat(Array<Buffer>(count).fill(part));
const foreign = (what: string): string => `it does not speak HTTP/2: ${what}`;

type Row = readonly [what: string, bytes: Buffer, ends: string | undefined];

const rows: readonly Row[] = [
  ['a proper answer', all(greeting, answer), undefined],
  [
    'one that is padded, with priorities',
    all(
      greeting,
      frame(
        1,
        0x4 | 0x8 | 0x20,
        1,
        all(Buffer.from([3, 0, 0, 0, 0, 16]), encodeFields([[':status', '200']]), Buffer.alloc(3)),
      ),
      frame(0, 0x8, 1, '0200000000020801' + '0000'),
      trailers,
    ),
    undefined,
  ],
  [
    'headers in pieces',
    all(
      greeting,
      frame(1, 0, 1, encodeFields([[':status', '200']])),
      frame(9, 0, 1, encodeFields([['a', 'b']])),
      frame(9, 4, 1, encodeFields([['c', 'd']])),
      serving,
      trailers,
    ),
    undefined,
  ],
  [
    'an informational answer first',
    all(greeting, frame(1, 4, 1, encodeFields([[':status', '103']])), answer),
    undefined,
  ],
  [
    'a table of no size first',
    all(greeting, frame(1, 4, 1, all(Buffer.from([0x20]), encodeFields([[':status', '200']]))), serving, trailers),
    undefined,
  ],
  [
    'settings, a ping and a window between',
    all(
      greeting,
      frame(6, 0, 0, '0000000000000000'),
      head,
      frame(4, 0, 0, '000400100000'),
      frame(8, 0, 0, '00000001'),
      serving,
      frame(8, 0, 1, '00000001'),
      trailers,
    ),
    undefined,
  ],
  ['an unknown type', all(greeting, frame(0xbe, 0xff, 77, '00'), answer), undefined],
  ['a farewell in order', all(greeting, frame(7, 0, 0, '0000000100000000'), answer), undefined],
  ['a short SETTINGS behind the answer', all(greeting, answer, frame(4, 0, 0, '0001')), undefined],
  ['rubbish behind the answer', all(greeting, answer, Buffer.alloc(5000, 0xff)), undefined],
  ['a short SETTINGS', all(greeting, frame(4, 0, 0, '000100')), foreign('a frame of type 4 with 3 bytes')],
  [
    'a short SETTINGS first',
    frame(4, 0, 0, '00'),
    foreign('a frame of type 4 with 1 bytes (it said "\\x00\\x00\\x01\\x04\\x00\\x00\\x00\\x00\\x00\\x00")'),
  ],
  [
    'a short SETTINGS between',
    all(greeting, head, serving, frame(4, 0, 0, '0001'), trailers),
    foreign('a frame of type 4 with 2 bytes'),
  ],
  [
    'an acknowledgement with content',
    all(greeting, frame(4, 1, 0, '000400100000')),
    foreign('a frame of type 4 with 6 bytes'),
  ],
  ['SETTINGS of a stream', all(greeting, frame(4, 0, 1)), foreign('a frame of type 4 on stream 1')],
  ['a short PING', all(greeting, frame(6, 0, 0, '00')), foreign('a frame of type 6 with 1 bytes')],
  ['a long PING', all(greeting, frame(6, 0, 0, '000000000000000000')), foreign('a frame of type 6 with 9 bytes')],
  ['a short GOAWAY', all(greeting, frame(7, 0, 0, '00000000')), foreign('a frame of type 7 with 4 bytes')],
  [
    'a GOAWAY',
    all(greeting, frame(7, 0, 0, all(Buffer.from('000000000000000b', 'hex'), Buffer.from('too\u001b[2Jmany')))),
    'it sent GOAWAY, ENHANCE_YOUR_CALM: too\\x1b[2Jmany',
  ],
  ['a short RST_STREAM', all(greeting, frame(3, 0, 1, '00')), foreign('a frame of type 3 with 1 bytes')],
  ['a RST_STREAM', all(greeting, frame(3, 0, 1, '00000007')), 'it reset the request: REFUSED_STREAM'],
  ['a RST_STREAM of no stream', all(greeting, frame(3, 0, 0, '00000007')), foreign('a frame of type 3 on stream 0')],
  ['a short WINDOW_UPDATE', all(greeting, frame(8, 0, 0, '0000')), foreign('a frame of type 8 with 2 bytes')],
  ['a short PRIORITY', all(greeting, frame(2, 0, 1, '0000')), foreign('a frame of type 2 with 2 bytes')],
  ['a push', all(greeting, frame(5, 4, 1, '00000002')), foreign('a push, which was refused')],
  ['data before the head', all(greeting, serving), foreign('data on stream 1 before its head')],
  ['data of another stream', all(greeting, head, frame(0, 0, 3, '00')), foreign('data on stream 3 before its head')],
  [
    'a padding longer than its data',
    all(greeting, head, frame(0, 0x8, 1, 'ff00')),
    foreign('a padding longer than its frame'),
  ],
  ['a padding of nothing', all(greeting, head, frame(0, 0x8, 1)), foreign('a padding longer than its frame')],
  [
    'a padding longer than its headers',
    all(greeting, frame(1, 0x2c, 1, '0500000000')),
    foreign('a padding longer than its frame'),
  ],
  ['a continuation of nothing', all(greeting, frame(9, 4, 1)), foreign('a header block that is broken off')],
  ['headers that do not go on', all(greeting, frame(1, 0, 1), serving), foreign('a header block that is broken off')],
  [
    'a continuation of another stream',
    all(greeting, frame(1, 0, 1), frame(9, 4, 3)),
    foreign('a header block that is broken off'),
  ],
  [
    'continuations without an end',
    all(greeting, frame(1, 0, 1), times(10_000, frame(9, 0, 1))),
    foreign('a header block longer than 64 KiB'),
  ],
  [
    'headers without an end',
    all(greeting, frame(1, 0, 1), times(5, frame(9, 0, 1, Buffer.alloc(16_384)))),
    foreign('a header block longer than 64 KiB'),
  ],
  [
    'a frame that is too long',
    all(greeting, Buffer.from('ffffff000000000001', 'hex')),
    foreign('a frame of 16777215 bytes'),
  ],
  ['settings without an end', all(greeting, times(60_000, frame(4, 0, 0))), 'it said more than 512 KiB'],
  [
    'pings without an end',
    all(greeting, times(40_000, frame(6, 0, 0, '0000000000000000'))),
    'it said more than 512 KiB',
  ],
  [
    'more data than a window',
    all(greeting, head, times(5, frame(0, 0, 1, Buffer.alloc(16_384)))),
    'the answer is longer than 64 KiB',
  ],
  ['an index of no field', all(greeting, frame(1, 4, 1, 'ff20')), foreign('a header block that cannot be decoded')],
  ['an index of nothing', all(greeting, frame(1, 4, 1, '80')), foreign('a header block that cannot be decoded')],
  [
    'a number without an end',
    all(greeting, frame(1, 4, 1, 'ffffffffffffffff')),
    foreign('a header block that cannot be decoded'),
  ],
  [
    'a text longer than its block',
    all(greeting, frame(1, 4, 1, '007f')),
    foreign('a header block that cannot be decoded'),
  ],
  [
    'Huffman words that are none',
    all(greeting, frame(1, 4, 1, '0084ffffffff00')),
    foreign('a header block that cannot be decoded'),
  ],
  [
    'a table larger than agreed',
    all(greeting, frame(1, 4, 1, '3fffff7f')),
    foreign('a header block that cannot be decoded'),
  ],
  [
    'more fields than anybody has',
    all(greeting, frame(1, 4, 1, Buffer.alloc(1000, 0x82))),
    foreign('a header block that cannot be decoded'),
  ],
  ['no status', all(greeting, frame(1, 4, 1, encodeFields([['a', 'b']]))), foreign('an answer without a status')],
  ['HTTP status 503', all(greeting, frame(1, 5, 1, encodeFields([[':status', '503']]))), 'HTTP status 503'],
  [
    'no gRPC status',
    all(greeting, frame(1, 5, 1, encodeFields([[':status', '200']]))),
    'the answer has no gRPC status',
  ],
  [
    'trailers that do not end it',
    all(greeting, head, frame(1, 4, 1, encodeFields([['a', 'b']]))),
    foreign('trailers before the end'),
  ],
  ['no settings', answer, foreign('it does not begin with its settings')],
  [
    'HTTP/1.1',
    Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
    foreign('a frame of 4740180 bytes (it said "HTTP/1.1 400 Bad Request\\r\\n\\r\\n")'),
  ],
  ['an end', Buffer.alloc(0), 'connection closed before an answer'],
];

describe('gRPC checks of hostile servers', () => {
  const open: Listening[] = [];
  const probe = createGrpcProbe(createTlsContexts(monotonic));
  afterEach(() => {
    for (const server of open.splice(0)) server.close();
  });

  for (const [what, bytes, ends] of rows)
    it(`${what}: ${ends ?? 'well'}`, async () => {
      const server = await listen(
        createServer((socket) => socket.once('data', () => (bytes.length === 0 ? socket.end() : socket.write(bytes)))),
      );
      open.push(server);
      const { ok, error } = await probe(makeTarget('grpc', server.port), milliseconds(3000));
      assert.equal(error, ends);
      assert.equal(ok, ends === undefined);
    });

  it('throw at no bytes, in whatever pieces', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.constantFrom(greeting, head, serving, trailers),
            fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
            fc
              .tuple(fc.nat(12), fc.nat(255), fc.constantFrom(0, 1, 3), fc.uint8Array({ maxLength: 40 }))
              .map(([type, flags, stream, payload]) => frame(type, flags, stream, Buffer.from(payload))),
          ),
        ),
        fc.integer({ min: 1, max: 50 }),
        (parts, size) => {
          const bytes = all(greeting, ...parts);
          const exchange = createExchange([], Buffer.alloc(0));
          for (let at = 0; at < bytes.length; at += size) exchange.read(bytes.subarray(at, at + size));
        },
      ),
      { numRuns: 10_000 },
    ));
});
