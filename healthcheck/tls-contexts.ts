// The contexts of TLS checks: their files are read again each minute, so that a renewed one is taken up, and the last good ones
// stay in use while they cannot be read.

import type { SecureContext } from 'node:tls';
import { type Clock, elapsed, type Instant } from '../base/units.ts';
import type { TlsConfig } from '../config/model/check-model.ts';
import { LocalFault } from './network-error.ts';
import { loadContext } from './tls-files.ts';

export type TlsContexts = {
  /** @throws LocalFault when a file cannot be read or holds nothing of its kind, and never could since the start. */
  readonly of: (tls: TlsConfig) => SecureContext;
  /** Why the files in use are not those on the disk; undefined where they are. */
  readonly faultOf: (tls: TlsConfig) => string | undefined;
};

const readAgainAfter = 60_000;
/** A file that is just being written is whole again soon. */
const readAgainAfterFault = 5000;

type Held = { readonly context: SecureContext; readonly readAt: Instant; readonly fault?: string };

const keyOf = ({ ca, certificate, key, minVersion }: TlsConfig): string =>
  JSON.stringify([ca, certificate, key, minVersion]);

/** Holds one context for each set of files that checks name, however many checks do. */
export const createTlsContexts = (clock: Clock): TlsContexts => {
  // Bounded by the sets of files that configurations of this process have named.
  const held = new Map<string, Held>();

  const readAgain = (tls: TlsConfig, known: Held | undefined, readAt: Instant): Held => {
    try {
      return { context: loadContext(tls), readAt };
    } catch (error) {
      if (known === undefined || !(error instanceof LocalFault)) throw error;
      return { context: known.context, readAt, fault: `${error.why}; what was read before stays in use` };
    }
  };

  return {
    of: (tls) => {
      const key = keyOf(tls);
      const known = held.get(key);
      const now = clock();
      const after = known?.fault === undefined ? readAgainAfter : readAgainAfterFault;
      if (known !== undefined && elapsed(known.readAt, now) < after) return known.context;
      const current = readAgain(tls, known, now);
      held.set(key, current);
      return current.context;
    },
    faultOf: (tls) => held.get(keyOf(tls))?.fault,
  };
};
