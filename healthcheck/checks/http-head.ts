// The head of an HTTP/1 answer: status and fields, how the body ends, and every violation that is accepted, as a flaw. Pure.

export type Head = {
  readonly status: number;
  /** Names in lower case; for a repeated field all values, in order. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
};

const statusLine = /^(?:HTTP\/(\d)(?:\.(\d+))?|ICY)[ \t]+(\d{3})(?:[ \t].*)?$/i;
const strictStatusLine = /^HTTP\/1\.[01] [1-9]\d\d (?:[\t\x20-\x7e\x80-\xff]*)$/;
export const beginnings = ['http/', 'icy '];

type Fields = Map<string, string[]>;
type Parsed = { readonly head: Head; readonly version: number; readonly flaws: readonly string[] };

const parseFields = (lines: readonly string[], flaws: string[]): Fields => {
  const fields: Fields = new Map();
  let last: string[] | undefined;
  for (const line of lines) {
    if (/^[ \t]/.test(line)) {
      // RFC 9112, section 5.2: a folded line continues the previous value.
      flaws.push('a folded header line');
      if (last !== undefined) last.push(`${last.pop() ?? ''} ${line.trim()}`.trim());
      continue;
    }
    const colon = line.indexOf(':');
    const name = (colon === -1 ? line : line.slice(0, colon)).trim().toLowerCase();
    if (colon < 1 || !/^[!#$%&'*+.^`|~\w-]+$/.test(line.slice(0, colon)))
      flaws.push('a header line without a proper name');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(line)) flaws.push('a control character in a header line');
    if (colon < 1) continue;
    const values = fields.get(name) ?? [];
    values.push(line.slice(colon + 1).trim());
    fields.set(name, values);
    last = values;
  }
  return fields;
};

export const parseHead = (text: string): Parsed | string => {
  const flaws: string[] = [];
  if (/(?:^|[^\r])\n/.test(text)) flaws.push('a line that ends in LF alone');
  if (text.includes('\r\r')) flaws.push('a line that ends in CR CR LF');
  const [first = '', ...lines] = text.split('\n').map((line) => line.replace(/\r+$/, ''));
  const match = statusLine.exec(first);
  if (match === null) return `"${first.slice(0, 60)}"`;
  if (!strictStatusLine.test(first)) flaws.push('an improper status line');
  const fields = parseFields(
    lines.filter((line) => line !== ''),
    flaws,
  );
  const version = Number(match[1] ?? 1) * 10 + Number(match[2] ?? 0);
  return { head: { status: Number(match[3]), fields }, version, flaws };
};

export const listOf = (fields: Head['fields'], name: string): string[] =>
  (fields.get(name) ?? []).flatMap((value) => value.toLowerCase().split(',')).map((word) => word.trim());

/** How the body ends (RFC 9112, section 6.3); `close` at the end of the connection. */
export type Framing = { readonly ends: 'at once' | 'chunked' | 'close' | number; readonly flaws: readonly string[] };

export const frame = ({ status, fields }: Head, method: string): Framing => {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return { ends: 'at once', flaws: [] };
  const lengths = listOf(fields, 'content-length');
  const [length = ''] = lengths;
  const flaws = lengths.length > 1 ? ['content-length more than once'] : [];
  const codings = listOf(fields, 'transfer-encoding');
  if (codings.includes('chunked')) {
    if (lengths.length > 0) flaws.push('content-length beside transfer-encoding');
    if (codings.at(-1) !== 'chunked' || codings.filter((coding) => coding === 'chunked').length > 1)
      flaws.push('an improper transfer-encoding');
    return { ends: 'chunked', flaws };
  }
  if (length === '') return { ends: 'close', flaws };
  return /^\d{1,15}$/.test(length)
    ? { ends: Number(length), flaws }
    : { ends: 'close', flaws: [...flaws, 'a content-length that is not a number'] };
};

/** The index after the empty line that ends a head, or -1. */
export const endOfHead = (bytes: Buffer): number => {
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) {
    let next = at + 1;
    while (bytes[next] === 13) next += 1;
    if (bytes[next] === 10) return next + 1;
  }
  return -1;
};

/** The length of empty lines before a status line (RFC 9112, section 2.2, allows them before requests). */
export const blankStart = (bytes: Buffer): number => {
  let at = 0;
  while (bytes[at] === 13 || bytes[at] === 10) at += 1;
  return at;
};
