// The records that a client asked for: first from the journal, then live.

import type { LogRecord, RecordFilter } from './record.ts';
import { isAskedFor } from './record.ts';

/** A client that does not read loses the oldest queued records. */
const queueLimit = 10_000;

export type RecordSources = {
  readonly journal: (filter: RecordFilter) => AsyncIterable<LogRecord>;
  readonly follow: (listener: (record: LogRecord) => void) => () => void;
};

export async function* streamRecords(
  sources: RecordSources,
  filter: RecordFilter,
  follows: boolean,
  signal: AbortSignal,
): AsyncGenerator<LogRecord> {
  const queue: LogRecord[] = [];
  let wake = (): void => undefined;
  // Listens before it reads, so that no record is missed; duplicates are removed.
  const unfollow = follows
    ? sources.follow((record) => {
        if (!isAskedFor(record, filter)) return;
        queue.push(record);
        if (queue.length > queueLimit) queue.shift();
        wake();
      })
    : () => undefined;
  signal.addEventListener('abort', () => wake());
  try {
    let last: string | undefined;
    for await (const record of sources.journal(filter)) {
      last = record.timestamp;
      yield record;
    }
    while (follows && !signal.aborted) {
      const record = queue.shift();
      if (record === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else if (last === undefined || record.timestamp > last) yield record;
    }
  } finally {
    unfollow();
  }
}
