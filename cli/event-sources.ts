// Where records come from: a director's control socket, a file of JSON lines, or a director on another host by ssh.

import { spawn } from 'node:child_process';
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { followDirector, UnreachableError } from '../controller/control-client.ts';
import { isAskedFor, type LogRecord, parseRecord, type RecordFilter } from '../controller/log-record.ts';

export type Question = { readonly filter: RecordFilter; readonly follows: boolean };

async function* parseLines(lines: AsyncIterable<string>): AsyncGenerator<LogRecord> {
  for await (const line of lines) {
    const record = parseRecord(line);
    if (record !== undefined) yield record;
  }
}

const queryOf = ({ filter, follows }: Question): URLSearchParams =>
  new URLSearchParams({ ...filter, ...(follows && { follow: 'true' }) });

const pollEvery = 200;

/** As `tail -F`: goes on with a file that was replaced. */
async function* readFileLines(path: string, follows: boolean): AsyncGenerator<string> {
  let [position, inode, rest] = [0, statSync(path).ino, ''];
  for (;;) {
    const stream = createReadStream(path, { start: position, encoding: 'utf8' });
    for await (const chunk of stream as AsyncIterable<string>) {
      position += Buffer.byteLength(chunk);
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (!follows) return;
    await new Promise((resolve) => setTimeout(resolve, pollEvery));
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined && (found.ino !== inode || found.size < position)) {
      [position, inode, rest] = [0, found.ino, ''];
    }
  }
}

/** How long a director that has ended is left alone before it is asked again, in milliseconds: it may only be restarted. */
const askAgainAfter = 500;

const isGone = (error: unknown, wasThere: boolean): boolean =>
  error instanceof UnreachableError
    ? wasThere
    : error instanceof Error && 'code' in error && error.code === 'ECONNRESET';

/** Goes on with what happened since when a director comes back. One that was never there is a mistake in the command. */
async function* followSocket(path: string, question: Question): AsyncGenerator<LogRecord> {
  let { since } = question.filter;
  /** The lines of the latest millisecond: they come again with the next connection. */
  const told = new Set<string>();
  for (let wasThere = false; ; wasThere = true) {
    const filter = { ...question.filter, ...(since !== undefined && { since }) };
    try {
      for await (const line of followDirector(path, `/v1/events?${queryOf({ ...question, filter })}`)) {
        const record = told.has(line) ? undefined : parseRecord(line);
        if (record === undefined) continue;
        if (record.timestamp !== since) told.clear();
        since = record.timestamp;
        told.add(line);
        yield record;
      }
    } catch (error) {
      if (!isGone(error, wasThere)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, askAgainAfter));
  }
}

async function* readRemote(host: string, question: Question): AsyncGenerator<LogRecord> {
  const { since, subject, process: room } = question.filter;
  const command = [
    'regent events --json',
    ...(question.follows ? ['--follow'] : []),
    ...(since === undefined ? [] : [`--since ${since}`]),
    ...(subject === undefined ? [] : [`--subject ${subject}`]),
    ...(room === undefined ? [] : [`--process ${room}`]),
  ].join(' ');
  // A host that begins with a dash would be an option.
  const child = spawn('ssh', ['-o', 'BatchMode=yes', '--', host, command], { stdio: ['ignore', 'pipe', 'inherit'] });
  const failed = new Promise<never>((_, reject) => child.on('error', reject));
  failed.catch(() => undefined);
  yield* parseLines(createInterface({ input: child.stdout }));
}

async function* readFileRecords(path: string, { filter, follows }: Question): AsyncGenerator<LogRecord> {
  for await (const record of parseLines(readFileLines(path, follows))) if (isAskedFor(record, filter)) yield record;
}

/** @param source `ssh:HOST`, the path of a socket, or of a file. */
export const readSource = (source: string, question: Question): AsyncIterable<LogRecord> => {
  if (source.startsWith('ssh:')) return readRemote(source.slice('ssh:'.length), question);
  const isFile = statSync(source, { throwIfNoEntry: false })?.isFile() ?? false;
  if (isFile) return readFileRecords(source, question);
  return question.follows
    ? followSocket(source, question)
    : parseLines(followDirector(source, `/v1/events?${queryOf(question)}`));
};
