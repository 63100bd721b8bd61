// Judges a request before anything is answered: its host, its origin, its session. Pure.

import { createHash, timingSafeEqual } from 'node:crypto';
import { orderHeader } from '../model/view.ts';

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
};

export type Refusal = { readonly status: number; readonly why: string };

/** Compares hashes, so that the time taken reveals neither the token nor its length. */
export const isSame = (one: string, other: string): boolean =>
  timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest());

const header = ({ headers }: Asked, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
};

/** A name that a public name server cannot give to an attacker's page. The port may be that of a tunnel to this page. */
const isLoopback = (host: string): boolean => /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/.test(host);

/** The cookie's value; undefined without it. */
export const cookieOf = (asked: Asked, name: string): string | undefined =>
  header(asked, 'cookie')
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1);

/** Against DNS rebinding: a name that the page does not have is refused, whatever else the request brings. */
export const refuseHost = (asked: Asked): Refusal | undefined =>
  isLoopback(header(asked, 'host') ?? '') ? undefined : { status: 421, why: 'This page has no such name.' };

/**
 * Against other pages of the same browser, also on other ports of this machine: they may link to the page, but not query it.
 */
export const refuseOrigin = (asked: Asked): Refusal | undefined => {
  const [host, origin, site] = ['host', 'origin', 'sec-fetch-site'].map((name) => header(asked, name));
  const other: Refusal = { status: 403, why: 'Another origin may not ask this page.' };
  if (origin !== undefined && origin !== `http://${host}`) return other;
  const isVisit = asked.method === 'GET' && asked.path === '/' && header(asked, 'sec-fetch-mode') === 'navigate';
  if (site !== undefined && site !== 'same-origin' && site !== 'none' && !isVisit) return other;
  if (asked.method === 'GET' || asked.method === 'HEAD') return undefined;
  if (origin === undefined) return other;
  if (header(asked, orderHeader) === undefined) return { status: 403, why: `The header ${orderHeader} is missing.` };
  return header(asked, 'content-type') === 'application/json'
    ? undefined
    : { status: 415, why: 'The body must be application/json.' };
};

/** Browsers preload pages before they are visited: a preload must not use up a token. */
export const isPrefetch = (asked: Asked): boolean =>
  header(asked, 'sec-purpose') !== undefined || header(asked, 'purpose') !== undefined;
