// SMTP replies (RFC 5321, section 4.2) out of a stream of bytes. Pure data structure.

import { harmlessText } from '../../base/harmless-text.ts';

export type Reply = { readonly code: number; readonly lines: readonly string[] };

export type ReplyReader = {
  /** @returns the replies that are whole now; `malformed` names the line that is none. */
  readonly read: (chunk: Buffer) => { readonly replies: readonly Reply[]; readonly malformed?: string };
  /** Whether bytes wait that are no whole reply yet. */
  readonly hasRest: () => boolean;
};

const mostBytes = 64 * 1024;

/** Lines are cut where bytes say so, and read as UTF-8 (RFC 6531) afterwards. */
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
