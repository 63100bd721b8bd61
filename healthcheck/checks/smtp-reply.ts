// SMTP replies (RFC 5321, section 4.2) from a byte stream. Pure data structure.

import { harmlessText } from '../../base/harmless-text.ts';

export type Reply = { readonly code: number; readonly lines: readonly string[] };

export type ReplyReader = {
  /** @returns the replies that are complete; `malformed` names the invalid line. */
  readonly read: (chunk: Buffer) => { readonly replies: readonly Reply[]; readonly malformed?: string };
  /** Whether bytes of an incomplete reply are waiting. */
  readonly hasRest: () => boolean;
};

const mostBytes = 64 * 1024;

/** Lines are split as bytes, then decoded as UTF-8 (RFC 6531). */
const textOf = (line: string): string => harmlessText(Buffer.from(line, 'latin1'), 100);

export const createReplyReader = (): ReplyReader => {
  let rest = '';
  let lines: string[] = [];
  return {
    read: (chunk) => {
      rest += chunk.toString('latin1');
      const replies: Reply[] = [];
      for (;;) {
        const end = rest.indexOf('\n');
        if (end === -1) break;
        const line = rest.slice(0, end).replace(/\r$/, '');
        rest = rest.slice(end + 1);
        const match = /^([2-5]\d\d)(?:([ -])(.*))?$/.exec(line);
        if (match === null) return { replies, malformed: textOf(line.slice(0, 60)) };
        lines.push(textOf(match[3] ?? ''));
        if (match[2] === '-') continue;
        replies.push({ code: Number(match[1]), lines });
        lines = [];
      }
      return rest.length > mostBytes || lines.length > 1000
        ? { replies, malformed: textOf(rest.slice(0, 60)) }
        : { replies };
    },
    hasRest: () => rest !== '' || lines.length > 0,
  };
};
