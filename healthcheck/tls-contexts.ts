// The contexts of TLS checks: files are read again each minute to take up renewals; while they cannot be read, the last good ones
// stay in use.

import type { SecureContext } from 'node:tls';
import { type Clock, elapsed, type Instant, milliseconds } from '../base/units.ts';
import type { TlsConfig } from '../config/model/check-model.ts';
import { LocalFault } from './network-error.ts';
import { loadContext } from './tls-files.ts';

export type TlsContexts = {
  /** @throws LocalFault if a file cannot be read or is invalid, and has been since the start. */
  readonly of: (tls: TlsConfig) => SecureContext;
  /** Why the files in use differ from those on disk; undefined if they do not. */
  readonly faultOf: (tls: TlsConfig) => string | undefined;
};

const readAgainAfter = 60_000;
/** Milliseconds: a file that is being written is soon complete. */
const readAgainAfterFault = 5000;

/** A context of an earlier configuration is dropped then. */
const forgetAfter = milliseconds(3_600_000);

type Held = { readonly context: SecureContext; readonly readAt: Instant; readonly fault?: string };

const keyOf = ({ ca, certificate, key, minVersion }: TlsConfig): string =>
  JSON.stringify([ca, certificate, key, minVersion]);

/** Holds one context per set of files, shared by all checks that name it. */
export const createTlsContexts = (clock: Clock): TlsContexts => {
  // Bounded by the sets of files that were used within `forgetAfter`.
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
      for (const [other, { readAt }] of held) if (elapsed(readAt, now) > forgetAfter) held.delete(other);
      held.set(key, current);
      return current.context;
    },
    faultOf: (tls) => held.get(keyOf(tls))?.fault,
  };
};
