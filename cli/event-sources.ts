// Sources of records: a director's control socket, a file of JSON lines, or a director on another host by ssh.

import { spawn } from 'node:child_process';
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { UnreachableError } from '../controller/control/client.ts';
import { type Ask, askSocket, followThrough, type Question } from '../controller/control/followed-records.ts';
import { isAskedFor, type LogRecord, parseRecord } from '../controller/log/record.ts';

async function* parseLines(lines: AsyncIterable<string>): AsyncGenerator<LogRecord> {
  for await (const line of lines) {
    const record = parseRecord(line);
    if (record !== undefined) yield record;
  }
}

const pollEvery = 200;

/** As `tail -F`: continues after the file is replaced. */
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

/** Quotes a word for the remote shell. */
const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

const askRemote = (host: string): Ask =>
  async function* ({ filter, follows }) {
    const options = Object.entries(filter).map(([key, value]) => `--${key} ${quote(value)}`);
    const command = ['regent events --json', ...(follows ? ['--follow'] : []), ...options].join(' ');
    // A host without power sends nothing, so ssh must probe it. A host that begins with a dash would be an option.
    const flags = ['BatchMode=yes', 'ConnectTimeout=5', 'ServerAliveInterval=5'].flatMap((flag) => ['-o', flag]);
    const child = spawn('ssh', [...flags, '--', host, command], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<string | undefined>((resolve) => {
      child.on('error', ({ message }) => resolve(message));
      child.on('close', (code, signal) => resolve(code === 0 ? undefined : `ssh ended with ${code ?? signal}`));
    });
    try {
      yield* createInterface({ input: child.stdout });
      const why = await ended;
      if (why !== undefined) throw new UnreachableError(`Cannot reach the director of ${host}: ${why}`);
    } finally {
      child.kill();
    }
  };

async function* readFileRecords(path: string, { filter, follows }: Question): AsyncGenerator<LogRecord> {
  for await (const record of parseLines(readFileLines(path, follows))) if (isAskedFor(record, filter)) yield record;
}

/** @param source `ssh:HOST`, the path of a socket, or of a file. */
export const readSource = (source: string, question: Question): AsyncIterable<LogRecord> => {
  const isFile = statSync(source, { throwIfNoEntry: false })?.isFile() ?? false;
  if (isFile) return readFileRecords(source, question);
  const ask = source.startsWith('ssh:') ? askRemote(source.slice('ssh:'.length)) : askSocket(source);
  return question.follows ? followThrough(ask, question) : parseLines(ask(question));
};
