// One command in the virtual machine: its request line, and its two streams up to the mark that ends each. See guest.sh.

import { randomBytes } from 'node:crypto';
import type { Duplex, Readable, Writable } from 'node:stream';

/** Both directions of one session's ports. */
export type SessionPorts = { readonly data: Duplex; readonly error: Readable };

export type SessionRequest = {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The size of the terminal to give it; without one it has no standard input. */
  readonly terminal?: { readonly rows: number; readonly columns: number };
};

// Folders of the host that do not exist in the guest, whose /tmp and /run are its own.
const hostOnly = new Set(['TMPDIR', 'XDG_RUNTIME_DIR']);

/** The line that asks the guest for a command. */
export const requestLine = (nonce: string, request: SessionRequest): string => {
  const { rows, columns } = request.terminal ?? { rows: 0, columns: 0 };
  const variables = Object.entries(request.environment)
    .filter(([name, value]) => value !== undefined && !hostOnly.has(name))
    .map(([name, value]) => `${name}=${value}`);
  const words = ['env', '-i', `--chdir=${request.cwd}`, ...variables, ...request.command];
  return `run ${nonce} ${rows} ${columns} ${Buffer.from(words.map((word) => `${word}\0`).join('')).toString('base64')}\n`;
};

export type MarkedStream = {
  /** Takes bytes in; returns those that surely belong to the output. */
  readonly push: (bytes: Buffer) => Buffer;
  /** The exit code, once the mark was seen. */
  readonly code: () => number | undefined;
};

/** Separates a stream's output from the mark that ends it: NUL, nonce, space, exit code, line feed. */
export const createMarkedStream = (nonce: string): MarkedStream => {
  const mark = Buffer.from(`\0${nonce} `);
  let held: Buffer = Buffer.alloc(0);
  let code: number | undefined;

  // Where a mark begins or may begin in the held bytes; their length when none does.
  const markStart = (): number => {
    for (let at = held.indexOf(0); at !== -1; at = held.indexOf(0, at + 1)) {
      const length = Math.min(mark.length, held.length - at);
      if (held.compare(mark, 0, length, at, at + length) === 0) return at;
    }
    return held.length;
  };

  return {
    push: (bytes) => {
      if (code !== undefined) return Buffer.alloc(0);
      held = Buffer.concat([held, bytes]);
      const start = markStart();
      const output = held.subarray(0, start);
      held = held.subarray(start);
      const end = held.indexOf('\n', mark.length);
      if (held.length > mark.length && end !== -1) code = Number(held.subarray(mark.length, end).toString());
      return output;
    },
    code: () => code,
  };
};

/** Copies a stream up to its mark, at the pace of the target; resolves with the exit code, undefined when it ended without. */
const copy = async (from: Readable, target: Writable, marked: MarkedStream): Promise<number | undefined> => {
  for await (const bytes of from.iterator({ destroyOnReturn: false })) {
    const output = marked.push(bytes as Buffer);
    if (output.length > 0 && !target.write(output)) await new Promise((resolve) => target.once('drain', resolve));
    if (marked.code() !== undefined) return marked.code();
  }
  return undefined;
};

const ready = 'ready\n';

/** Waits for the guest's word that it has begun; what follows it stays in the stream. */
const awaitReady = async (data: Duplex): Promise<boolean> => {
  let seen = Buffer.alloc(0);
  while (seen.length < ready.length) {
    const bytes: Buffer | null = data.read();
    if (bytes !== null) seen = Buffer.concat([seen, bytes]);
    else if (data.readableEnded || data.destroyed) return false;
    else
      await new Promise<void>((resolve) => {
        const proceed = (): void => {
          for (const name of ['readable', 'end', 'close']) data.off(name, proceed);
          resolve();
        };
        for (const name of ['readable', 'end', 'close']) data.once(name, proceed);
      });
  }
  if (seen.subarray(0, ready.length).toString() !== ready) throw new Error(`The guest answered ${seen.toString()}`);
  if (seen.length > ready.length) data.unshift(seen.subarray(ready.length));
  return true;
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
  ports.data.write(requestLine(nonce, request));
  if (!(await awaitReady(ports.data))) return undefined;
  output.onReady?.();
  const [code] = await Promise.all([
    copy(ports.data, output.out, createMarkedStream(nonce)),
    copy(ports.error, output.error, createMarkedStream(nonce)),
  ]);
  return code;
};
