// The files of TLS checks: authorities, certificates and keys, read again each minute so that a renewed one is taken up.

import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { messageOf } from '../base/error.ts';
import { type Clock, elapsed, type Instant } from '../base/units.ts';
import type { TlsConfig } from '../config/model/check-model.ts';
import { LocalFault } from './network-error.ts';

/** @throws LocalFault when a file cannot be read or holds nothing of its kind. */
export type TlsContexts = (tls: TlsConfig) => SecureContext;

const readAgainAfter = 60_000;

const load = ({ ca, certificate, key }: TlsConfig): SecureContext => {
  const files = { ca, cert: certificate, key };
  const contents: Record<string, Buffer> = {};
  for (const [option, path] of Object.entries(files)) {
    if (path === undefined) continue;
    try {
      contents[option] = readFileSync(path);
    } catch (error) {
      throw new LocalFault(`Cannot read ${path}: ${messageOf(error)}`);
    }
  }
  try {
    return createSecureContext(contents);
  } catch (error) {
    const names = Object.values(files).filter((path) => path !== undefined);
    throw new LocalFault(`Cannot use ${names.join(', ')}: ${messageOf(error)}`);
  }
};

/** Holds one context for each set of files that checks name, however many checks do. */
export const createTlsContexts = (clock: Clock): TlsContexts => {
  // Bounded by the sets of files that configurations of this process have named.
  const held = new Map<string, { readonly context: SecureContext; readonly readAt: Instant }>();
  return (tls) => {
    const name = JSON.stringify([tls.ca, tls.certificate, tls.key]);
    const known = held.get(name);
    const now = clock();
    if (known !== undefined && elapsed(known.readAt, now) < readAgainAfter) return known.context;
    const context = load(tls);
    held.set(name, { context, readAt: now });
    return context;
  };
};
