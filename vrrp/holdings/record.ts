// The record on disk of the addresses, routes and interfaces that this host holds for regent, for the process after a crash.

import type { RouterConfig } from '../../config/model/model.ts';
import { heldAddresses } from '../../config/model/virtual-addresses.ts';
import { type Ownership, openOwnership } from '../../kernel/ownership.ts';
import { addressKey } from '../../kernel/route/address-entry.ts';
import type { VrrpEventBody } from '../events.ts';
import { routingKeys } from './routing.ts';
import { virtualMacKeys } from './virtual-macs.ts';

export type HoldingsRecord = Pick<Ownership, 'keys' | 'fault'> & {
  /** Adds keys to the record at a path, which is opened once: this process remembers what a full disk kept from being written. */
  readonly claim: (path: string, keys: readonly string[]) => void;
  /** Adds keys to the record, once it is open. */
  readonly add: (keys: readonly string[]) => void;
  /** Forgets what was removed, and may be another program's the next time. */
  readonly forget: (keys: readonly string[]) => void;
};

/** The keys of all that these routers may hold. */
export const claimedKeys = (routers: readonly RouterConfig[]): string[] => [
  ...routers.flatMap((router) => heldAddresses(router).map(addressKey)),
  ...routingKeys(routers),
  ...virtualMacKeys(routers),
];

export const createHoldingsRecord = (
  emit: (event: VrrpEventBody) => void,
  openAt: typeof openOwnership = openOwnership,
): HoldingsRecord => {
  let record: Ownership | undefined;

  const open = (path: string): Ownership => {
    const opened = openAt(path, undefined, (why) =>
      emit(
        why === undefined
          ? { type: 'record-written', message: 'the record of its addresses can be written again' }
          : {
              type: 'record-unwritten',
              message: `cannot write the record of its addresses: ${why}; after a crash regent may not recognise them as its own; it is tried again`,
            },
      ),
    );
    if (opened.damage !== undefined) emit({ type: 'record-unreadable', message: opened.damage });
    return opened;
  };

  return {
    claim: (path, keys) => {
      record ??= open(path);
      record.claim(keys);
    },
    add: (keys) => record?.claim(keys),
    forget: (keys) => record?.release(keys),
    keys: () => record?.keys() ?? new Set(),
    fault: () => record?.fault(),
  };
};
