// The record on disk of the addresses, routes and interfaces that this host holds for regent, for the process after a crash.

import { type Ownership, openOwnership } from '../../kernel/ownership.ts';
import type { VrrpEventBody } from '../events.ts';

export type HoldingsRecord = Pick<Ownership, 'keys' | 'fault'> & {
  /** Adds keys to the record at a path, which is opened once: this process remembers what a full disk kept from being written. */
  readonly claim: (path: string, keys: readonly string[]) => void;
};

export const createHoldingsRecord = (emit: (event: VrrpEventBody) => void): HoldingsRecord => {
  let record: Ownership | undefined;

  const open = (path: string): Ownership => {
    const opened = openOwnership(path, undefined, (why) =>
      emit({
        type: 'warning',
        message:
          why === undefined
            ? `the record of its addresses is written again`
            : `the record of its addresses cannot be written, and what a crash leaves may not be known as regent's: ${why}`,
      }),
    );
    if (opened.damage !== undefined) emit({ type: 'warning', message: opened.damage });
    return opened;
  };

  return {
    claim: (path, keys) => {
      record ??= open(path);
      record.claim(keys);
    },
    keys: () => record?.keys() ?? new Set(),
    fault: () => record?.fault(),
  };
};
