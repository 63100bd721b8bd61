// The replies of BIRD's control socket. Pure.
//
// Each line begins with a code and `-`, the last of a reply with a code and a blank; a line that begins with a blank has the code
// of the line before it. 0xxx ends well, 8xxx and 9xxx are errors; 0001 greets.

export type ReplyLine = { readonly code: number; readonly text: string };

const last = /(?:^|\n)(?!0001)\d{4} [^\n]*\n$/;
const greeting = /^0001 [^\n]*\n$/;

/** Whether all of a reply has come. */
export const isWholeReply = (bytes: Buffer): boolean =>
  last.test(bytes.toString('latin1', Math.max(0, bytes.length - 4096)));
export const isGreeting = (bytes: Buffer): boolean => greeting.test(bytes.toString('latin1'));

/** @throws with BIRD's own message if it is an error, or if it is no reply of BIRD's. */
export const parseReply = (reply: string): readonly ReplyLine[] => {
  let code: number | undefined;
  return reply
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [, digits] = /^(\d{4})[ -]/.exec(line) ?? [];
      if (digits !== undefined) code = Number(digits);
      else if (!line.startsWith(' ') || code === undefined) throw new Error('its answer is not one of BIRD');
      const text = line.slice(digits === undefined ? 1 : 5);
      if (code >= 8000) throw new Error(`it says: ${text}`);
      return { code, text };
    });
};
