// The records of a director, through its restarts.

import type { LogRecord, RecordFilter } from '../log/record.ts';
import { parseRecord } from '../log/record.ts';
import { followDirector, UnreachableError } from './client.ts';

export type Question = { readonly filter: RecordFilter; readonly follows: boolean };

/** The lines that a director answers with, until it ends. @throws UnreachableError */
export type Ask = (question: Question) => AsyncIterable<string>;

/** Milliseconds before asking a director again after it ended: it may be restarting. */
const askAgainAfter = 500;
/** A connection that lasted longer than this, in milliseconds, was established. */
const connectLimit = 10_000;

const isGone = (error: unknown): boolean =>
  error instanceof UnreachableError || (error instanceof Error && 'code' in error && error.code === 'ECONNRESET');

const queryOf = ({ filter, follows }: Question): URLSearchParams =>
  new URLSearchParams({ ...filter, ...(follows && { follow: 'true' }) });

export const askSocket =
  (path: string, signal?: AbortSignal): Ask =>
  (question) =>
    followDirector(path, `/v1/events?${queryOf(question)}`, signal);

/** Resumes where it stopped when a director comes back. If it was never reached, the command is wrong. */
export async function* followThrough(ask: Ask, question: Question): AsyncGenerator<LogRecord> {
  let { since } = question.filter;
  /** The lines of the latest millisecond: the next connection sends them again. */
  const seen = new Set<string>();
  const begin = performance.now();
  let wasThere = false;
  for (;;) {
    const filter = { ...question.filter, ...(since !== undefined && { since }) };
    try {
      for await (const line of ask({ ...question, filter })) {
        wasThere = true;
        const record = seen.has(line) ? undefined : parseRecord(line);
        if (record === undefined) continue;
        if (record.timestamp !== since) seen.clear();
        since = record.timestamp;
        seen.add(line);
        yield record;
      }
      wasThere = true;
    } catch (error) {
      wasThere ||= performance.now() - begin > connectLimit;
      if (!wasThere || !isGone(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, askAgainAfter));
  }
}
