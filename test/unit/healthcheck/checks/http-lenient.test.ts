// Answers that break the rules of HTTP and are taken by curl and HAProxy all the same: taken here, too, unless asked to be strict.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import fc from 'fast-check';
import { milliseconds, monotonic } from '../../../../base/units.ts';
import { createHttpProbe } from '../../../../healthcheck/checks/http.ts';
import { createAnswerReader } from '../../../../healthcheck/checks/http-answer.ts';
import { createTlsContexts } from '../../../../healthcheck/tls-contexts.ts';
import { makeTarget } from '../../../servers/checks.ts';
import { type Listening, listen } from '../../../servers/listening.ts';

type Row = {
  readonly what: string;
  readonly answer: string;
  /** The server leaves the connection open. */
  readonly isOpen?: boolean;
  readonly keys?: Readonly<Record<string, unknown>>;
  /** What a lenient probe fails by; nothing where it is well. */
  readonly fails?: string;
  /** What a strict one fails by; nothing where it is well, too. */
  readonly strict?: string;
};

const ok = 'HTTP/1.1 200 OK';
const body = { body_contains: 'ready' };
const flaw = (what: string): string => `it breaks the rules of HTTP: ${what}`;
const lf = flaw('a line that ends in LF alone');

const rows: readonly Row[] = [
  { what: 'a proper answer', answer: `${ok}\r\nContent-Length: 5\r\n\r\nready`, keys: body },
  { what: 'LF alone', answer: `${ok}\nContent-Length: 5\n\nready`, keys: body, strict: lf },
  { what: 'what echo -e writes', answer: `${ok}\r\n\n`, strict: lf },
  { what: 'what echo -e writes of a body', answer: `${ok}\r\n\r\nready\n`, keys: body },
  {
    what: 'CR CR LF',
    answer: `${ok}\r\r\nA: b\r\r\n\r\r\nready`,
    keys: body,
    strict: flaw('a line that ends in CR CR LF'),
  },
  { what: 'a status line alone', answer: `${ok}\r\n`, strict: flaw('no empty line after its head') },
  { what: 'a status line without an end', answer: ok, strict: flaw('no empty line after its head') },
  { what: 'no header at all', answer: `${ok}\r\n\r\nready`, keys: body },
  { what: 'HTTP/1.0', answer: 'HTTP/1.0 200 OK\r\n\r\nready', keys: body },
  { what: 'no reason', answer: 'HTTP/1.1 200\r\n\r\n', strict: flaw('an improper status line') },
  { what: 'an empty reason', answer: 'HTTP/1.1 200 \r\n\r\n' },
  { what: 'two spaces', answer: 'HTTP/1.1  200  OK\r\n\r\n', strict: flaw('an improper status line') },
  { what: 'small letters', answer: 'http/1.1 200 ok\r\n\r\n', strict: flaw('an improper status line') },
  { what: 'a version without a minor one', answer: 'HTTP/2 200\r\n\r\n', strict: flaw('an improper status line') },
  { what: 'ICY', answer: 'ICY 200 OK\r\n\r\n', strict: flaw('an improper status line') },
  { what: 'a status beyond 599', answer: 'HTTP/1.1 799 Odd\r\n\r\n', fails: 'status 799 instead of 200-299' },
  { what: 'an empty line first', answer: `\r\n${ok}\r\n\r\n`, strict: flaw('an empty line before the status line') },
  {
    what: 'content-length twice',
    answer: `${ok}\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nready`,
    keys: body,
    strict: flaw('content-length more than once'),
  },
  {
    what: 'content-length twice, in one line',
    answer: `${ok}\r\nContent-Length: 5, 5\r\n\r\nready`,
    keys: body,
    strict: flaw('content-length more than once'),
  },
  {
    what: 'content-lengths that differ',
    answer: `${ok}\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nready`,
    keys: body,
    strict: flaw('content-length more than once'),
  },
  {
    what: 'content-length beside chunked',
    answer: `${ok}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nready\r\n0\r\n\r\n`,
    isOpen: true,
    keys: body,
    strict: flaw('content-length beside transfer-encoding'),
  },
  {
    what: 'chunked twice',
    answer: `${ok}\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nready\r\n0\r\n\r\n`,
    isOpen: true,
    keys: body,
    strict: flaw('an improper transfer-encoding'),
  },
  {
    what: 'a content-length that is not a number',
    answer: `${ok}\r\nContent-Length: many\r\n\r\nready`,
    keys: body,
    strict: flaw('a content-length that is not a number'),
  },
  {
    what: 'a folded line',
    answer: `${ok}\r\nX-Long: one\r\n two\r\n\r\nready`,
    keys: body,
    strict: flaw('a folded header line'),
  },
  {
    what: 'a line without a colon',
    answer: `${ok}\r\nnonsense\r\n\r\nready`,
    keys: body,
    strict: flaw('a header line without a proper name'),
  },
  {
    what: 'a space before the colon',
    answer: `${ok}\r\nContent-Length : 5\r\n\r\nready`,
    isOpen: true,
    keys: body,
    strict: flaw('a header line without a proper name'),
  },
  {
    what: 'bytes that no header holds',
    answer: `${ok}\r\nX: a\u0000b\u0001\r\n\r\nready`,
    keys: body,
    strict: flaw('a control character in a header line'),
  },
  {
    what: 'chunks that end in LF alone',
    answer: `${ok}\r\nTransfer-Encoding: chunked\r\n\r\n5\nready\n0\n\n`,
    isOpen: true,
    keys: body,
    strict: flaw('a line of a chunk that ends in LF alone'),
  },
  {
    what: 'chunks with extensions and trailers',
    answer: `${ok}\r\nTransfer-Encoding: chunked\r\n\r\n5 ; a=b\r\nready\r\n0\r\nX: y\r\n\r\n`,
    isOpen: true,
    keys: body,
  },
  {
    what: 'no last chunk',
    answer: `${ok}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nready\r\n`,
    keys: body,
    strict: flaw('a body that ends before its end'),
  },
  {
    what: 'a body that is too short',
    answer: `${ok}\r\nContent-Length: 50\r\n\r\nready`,
    keys: body,
    strict: flaw('a body that ends before its end'),
  },
  {
    what: 'more than the body',
    answer: `${ok}\r\nContent-Length: 3\r\n\r\nready`,
    keys: body,
    fails: 'the body does not contain "ready"',
  },
  {
    what: 'a chunk without a length',
    answer: `${ok}\r\nTransfer-Encoding: chunked\r\n\r\nready\r\n`,
    keys: body,
    fails: 'its body cannot be read: a chunk whose length is "ready"',
    strict: 'its body cannot be read: a chunk whose length is "ready"',
  },
  {
    what: 'informational answers first',
    answer: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\n${ok}\r\n\r\n`,
  },
  { what: 'a body of one that has none', answer: 'HTTP/1.1 204 No Content\r\n\r\nready', isOpen: true },
  { what: 'HTTP/0.9', answer: '<html>ready</html>', fails: 'it does not speak HTTP: "<html>ready</html>"' },
  { what: 'a mail server', answer: '220 mail\r\n', isOpen: true, fails: 'it does not speak HTTP: "220 mail\\r\\n"' },
  {
    what: 'HTTP/2',
    answer: '\0\0\u0012\u0004\0\0\0\0\0',
    isOpen: true,
    fails: 'it does not speak HTTP: "\\x00\\x00\\x12\\x04\\x00\\x00\\x00\\x00\\x00"',
  },
  { what: 'no number', answer: 'HTTP/1.1 OK\r\n\r\n', fails: 'it does not speak HTTP: "HTTP/1.1 OK"' },
  {
    what: 'an escape sequence',
    answer: '\u001b[2Jgone\r\n',
    fails: 'it does not speak HTTP: "\\x1b[2Jgone\\r\\n"',
  },
  {
    what: 'a head without an end',
    answer: `${ok}\r\n${'A: b\r\n'.repeat(20_000)}`,
    isOpen: true,
    fails: 'it does not speak HTTP: its head is longer than 64 KiB',
  },
  { what: 'nothing', answer: '', fails: 'connection closed without an answer' },
  { what: 'an empty line', answer: '\r\n', fails: 'connection closed without an answer' },
];

describe('HTTP checks of servers that break the rules', () => {
  const open: Listening[] = [];
  const probe = createHttpProbe(createTlsContexts(monotonic), 10);
  afterEach(() => {
    for (const server of open.splice(0)) server.close();
  });
  const serve = async ({ answer, isOpen = false }: Row): Promise<number> => {
    const server = await listen(
      createServer((socket) =>
        socket.once('data', () => {
          if (answer !== '') socket.write(Buffer.from(answer, 'latin1'));
          if (!isOpen) socket.end();
        }),
      ),
    );
    open.push(server);
    return server.port;
  };

  for (const row of rows)
    for (const strict of [false, true]) {
      const expected = strict ? (row.strict ?? row.fails) : row.fails;
      it(`${row.what}, ${strict ? 'strict' : 'lenient'}: ${expected ?? 'well'}`, async () => {
        const port = await serve(row);
        const { ok: isWell, error } = await probe(
          makeTarget('http', port, { ...row.keys, strict }),
          milliseconds(2000),
        );
        assert.equal(error, expected);
        assert.equal(isWell, expected === undefined);
      });
    }

  it('reads an answer in whatever pieces it comes', () =>
    fc.assert(
      fc.property(fc.constantFrom(...rows), fc.array(fc.integer({ min: 1, max: 40 })), ({ answer }, sizes) => {
        const bytes = Buffer.from(answer, 'latin1').subarray(0, 2000);
        const whole = createAnswerReader('GET', 100);
        whole.read(bytes);
        const expected = whole.end();
        const pieces = createAnswerReader('GET', 100);
        let at = 0;
        for (const size of [...sizes, bytes.length]) {
          if (at < bytes.length) pieces.read(bytes.subarray(at, at + size));
          at += size;
        }
        const found = pieces.end();
        assert.deepEqual(found.head, expected.head);
        assert.deepEqual(found.body(), expected.body());
        assert.equal(found.flaw, expected.flaw);
        assert.equal(found.malformed === undefined, expected.malformed === undefined);
      }),
      { numRuns: 2000 },
    ));

  it('throws at no bytes, and keeps no more than it is told', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
            fc
              .constantFrom(
                'HTTP/1.1 200 OK\r\n',
                '\r\n',
                '\n',
                'Transfer-Encoding: chunked\r\n',
                'Content-Length: 7\r\n',
                '5\r\n',
                '0\r\n',
                ' x\r\n',
                ':\r\n',
              )
              .map((text) => Buffer.from(text)),
          ),
        ),
        (pieces) => {
          const reader = createAnswerReader('GET', 10);
          for (const piece of pieces) assert.ok(reader.read(piece).body().length <= 10);
          assert.ok(reader.end().body().length <= 10);
        },
      ),
      { numRuns: 5000 },
    ));
});
