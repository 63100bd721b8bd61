// SMTP replies out of any pieces of a stream.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createReplyReader, type Reply } from '../../../../healthcheck/checks/smtp-reply.ts';

const readAll = (chunks: readonly string[]): { readonly replies: Reply[]; readonly malformed?: string } => {
  const reader = createReplyReader();
  const replies: Reply[] = [];
  for (const chunk of chunks) {
    const result = reader.read(Buffer.from(chunk));
    replies.push(...result.replies);
    if (result.malformed !== undefined) return { replies, malformed: result.malformed };
  }
  return { replies };
};

describe('SMTP replies', () => {
  const rows: [what: string, text: string, ...replies: Reply[]][] = [
    ['one line', '220 Ready\r\n', { code: 220, lines: ['Ready'] }],
    ['no text (RFC 5321 4.2)', '250\r\n', { code: 250, lines: [''] }],
    ['several lines (RFC 5321 4.2.1)', '220-a\r\n220-b\r\n220 c\r\n', { code: 220, lines: ['a', 'b', 'c'] }],
    ['bare line feeds', '220-a\n220 b\n', { code: 220, lines: ['a', 'b'] }],
    ['two at once', '250 a\r\n221 b\r\n', { code: 250, lines: ['a'] }, { code: 221, lines: ['b'] }],
    ['one that is not whole', '220 Rea'],
  ];
  for (const [what, text, ...replies] of rows) {
    it(`reads ${what}, in whatever pieces`, () =>
      fc.assert(
        fc.property(fc.array(fc.nat(text.length)), (cuts) => {
          const edges = [0, ...cuts.sort((a, b) => a - b), text.length];
          const pieces = edges.slice(1).map((edge, index) => text.slice(edges[index], edge));
          assert.deepEqual(readAll(pieces), { replies });
        }),
      ));
  }

  for (const line of ['SSH-2.0-x', '22 x', '220_x', '199 x', '']) {
    it(`refuses "${line}"`, () => assert.equal(readAll([`${line}\r\n`]).malformed, line));
  }

  it('gives up on a line without end', () => assert.ok(readAll([`220 ${'x'.repeat(70_000)}`]).malformed !== undefined));
});
