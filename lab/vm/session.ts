// One command in the virtual machine: its request line, and its two streams up to the mark that ends each. See guest.sh.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex, Readable, Writable } from 'node:stream';

/** Both directions of one session's ports. */
export type SessionPorts = {
  readonly data: Duplex;
  readonly error: Readable;
  /** The guest speaks first: before that it would take a request for what is typed at a terminal. */
  readonly saysReady?: boolean;
};

export type SessionRequest = {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The size of the terminal to give it; without one it has no standard input. */
  readonly terminal?: { readonly rows: number; readonly columns: number };
};

// Folders of the host that do not exist in the guest, whose /tmp and /run are its own.
const hostOnly = new Set(['TMPDIR', 'XDG_RUNTIME_DIR']);

/** The line that asks the guest for a command; the line feed before it ends whatever an earlier host left behind. */
export const requestLine = (nonce: string, request: SessionRequest): string => {
  const { rows, columns } = request.terminal ?? { rows: 0, columns: 0 };
  const variables = Object.entries(request.environment)
    .filter(([name, value]) => value !== undefined && !hostOnly.has(name))
    .map(([name, value]) => `${name}=${value}`);
  const words = ['env', '-i', `--chdir=${request.cwd}`, ...variables, ...request.command];
  return `\nrun ${nonce} ${rows} ${columns} ${Buffer.from(words.map((word) => `${word}\0`).join('')).toString('base64')}\n`;
};

/** The nonce of the request that bytes begin with, once it is whole. */
export const nonceOf = (bytes: Buffer): string | undefined => /^\nrun (\S+) .*\n/.exec(bytes.toString('latin1'))?.[1];

export type MarkedStream = {
  /** Takes bytes in; returns those that surely belong to the output. */
  readonly push: (bytes: Buffer) => Buffer;
  readonly hasBegun: () => boolean;
  /** The exit code, once the last mark was seen. */
  readonly code: () => number | undefined;
};

/** Finds a stream's output between the mark that begins it (NUL, nonce, LF) and its end mark (NUL, nonce, space, exit code, LF). */
export const createMarkedStream = (nonce: string): MarkedStream => {
  const mark = Buffer.from(`\0${nonce}`);
  let held: Buffer = Buffer.alloc(0);
  let begun = false;
  let code: number | undefined;

  // Where a mark begins or may begin in the held bytes; their length when none does.
  const markStart = (): number => {
    for (let at = held.indexOf(0); at !== -1; at = held.indexOf(0, at + 1)) {
      const length = Math.min(mark.length, held.length - at);
      if (held.compare(mark, 0, length, at, at + length) === 0) return at;
    }
    return held.length;
  };

  const push = (bytes: Buffer): Buffer => {
    held = Buffer.concat([held, bytes]);
    const start = markStart();
    const output = held.subarray(0, code === undefined && begun ? start : 0);
    held = held.subarray(start);
    const end = held.indexOf('\n', mark.length);
    if (held.length <= mark.length || end === -1) return output;
    const word = held.subarray(mark.length, end).toString();
    const rest = held.subarray(end + 1);
    held = Buffer.alloc(0);
    if (word !== '') code = Number(word);
    begun = true;
    return Buffer.concat([output, push(rest)]);
  };
  return { push, hasBegun: () => begun, code: () => code };
};

/** Copies a stream's output, at the pace of the target; resolves with the exit code, undefined when it ended without. */
const copy = async (
  from: Readable,
  target: Writable,
  marked: MarkedStream,
  onReady: () => void = () => {},
): Promise<number | undefined> => {
  let announced = false;
  try {
    for await (const bytes of from.iterator({ destroyOnReturn: false })) {
      const output = marked.push(bytes as Buffer);
      if (marked.hasBegun() && !announced) {
        announced = true;
        onReady();
      }
      if (output.length > 0 && !target.write(output)) await new Promise((resolve) => target.once('drain', resolve));
      if (marked.code() !== undefined) return marked.code();
    }
  } catch (error) {
    // A machine that ends at once resets its ports: the same end as any other.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
  return undefined;
};

/**
 * Runs one command over a session's ports.
 * @returns its exit code, or undefined when the guest went away first
 */
export const runSession = async (
  ports: SessionPorts,
  request: SessionRequest,
  output: { readonly out: Writable; readonly error: Writable; readonly onReady?: () => void },
): Promise<number | undefined> => {
  const nonce = randomBytes(12).toString('hex');
  // What it says stays in the stream, and is dropped there as all is before the mark. A machine that ends says nothing, and may
  // reset its ports: the copies below see that.
  if (ports.saysReady === true && !ports.data.readableEnded) {
    await Promise.race(['readable', 'close'].map((event) => once(ports.data, event))).catch(() => {});
  }
  ports.data.write(requestLine(nonce, request));
  const [code] = await Promise.all([
    copy(ports.data, output.out, createMarkedStream(nonce), output.onReady),
    copy(ports.error, output.error, createMarkedStream(nonce)),
  ]);
  return code;
};
