// Interval, timeout and counts of a checker, from its own block, its server's and its service's. Pure.

import { type Node, type Origin, originOf, scalar } from './document.ts';
import type { Finding, Statement } from './statement.ts';
import { blockOf, lastOf } from './statement.ts';
import { leadingNumber, secondsOf, writeSeconds } from './values.ts';

export type Kind = { readonly type: string; readonly retry: number; readonly retryDelay: number | undefined };

// keepalived's defaults differ by kind.
export const kinds: Readonly<Record<string, Kind>> = {
  HTTP_GET: { type: 'http', retry: 1, retryDelay: 3 },
  SSL_GET: { type: 'https', retry: 1, retryDelay: 3 },
  TCP_CHECK: { type: 'tcp', retry: 1, retryDelay: 1 },
  PING_CHECK: { type: 'ping', retry: 1, retryDelay: 1 },
  SMTP_CHECK: { type: 'smtp', retry: 1, retryDelay: 1 },
  UDP_CHECK: { type: 'udp', retry: 1, retryDelay: 1 },
  DNS_CHECK: { type: 'dns', retry: 3, retryDelay: undefined },
  MISC_CHECK: { type: 'script', retry: 0, retryDelay: 1 },
};

/** The checker, its real server and its virtual server, in this order: the first one with a setting counts. */
export type Scopes = readonly (readonly Statement[])[];

type Read = (statement: Statement, isChecker: boolean) => number | undefined;

type Found = { readonly value: number; readonly statement: Statement };

const isTime = ([keyword = '']: readonly string[]): boolean =>
  /^(delay_loop|connect_timeout|delay_before_retry)$/.test(keyword);

/** The number before a unit, as in `6s`, which keepalived does not know. */
const meantSeconds = ({ words: [word = ''] }: Statement): number | undefined => {
  const number = Number.parseFloat(word);
  return /^\d/.test(word) && number > 0 ? number : undefined;
};

/** The innermost valid value; keepalived ignores invalid ones. */
const find = (scopes: Scopes, keywords: readonly string[], read: Read, findings: Finding[]): Found | undefined => {
  for (const [index, scope] of scopes.entries()) {
    for (const statement of scope.filter(({ keyword }) => keywords.includes(keyword)).reverse()) {
      const value = read(statement, index === 0);
      if (value !== undefined) return { value, statement };
      const meant = isTime(keywords) ? meantSeconds(statement) : undefined;
      if (meant !== undefined) {
        const message = `keepalived reads ${statement.words[0]} as millionths of a second; ${writeSeconds(meant)} is meant`;
        findings.push({ kind: 'changed', ...originOf(statement), message });
        return { value: meant, statement };
      }
      const message = `keepalived ignores ${statement.words[0] ?? 'nothing'} here, and means what it means without it`;
      findings.push({ kind: 'mistaken', ...originOf(statement), message });
    }
  }
  return undefined;
};

const aboveZero: Read = (statement) => secondsOf(statement) || undefined;
const zeroOrMore: Read = (statement) => secondsOf(statement);

/** Servers and services need a whole number from 1 up; a checker accepts 0, and text after the number, too. */
const retries: Read = ({ words: [word = ''] }, isChecker) => {
  const number = isChecker || /^\d+$/.test(word) ? leadingNumber(word) : Number.NaN;
  return number >= (isChecker ? 0 : 1) ? number : undefined;
};

const wholeSeconds: Read = ({ words: [word = ''] }) => (/^\d+/.test(word) ? Number.parseInt(word, 10) : undefined);

// keepalived retries at once if the delay is 0; regent needs some time between two probes.
const shortest = 0.01;

// The most failures that regent counts (config/schema/check-common-keys.ts).
const mostFailures = 1000;

/** The timing keys of a check; keepalived's defaults are written explicitly. */
export const readTiming = (
  checker: Statement,
  kind: Kind,
  scopes: Scopes,
  findings: Finding[],
): Record<string, Node | undefined> => {
  const from = (found: Found | undefined): Origin => originOf(found?.statement ?? checker);
  const loop = find(scopes, ['delay_loop'], aboveZero, findings);
  const interval = loop?.value ?? 60;
  const isScript = kind.type === 'script';
  const limit = isScript
    ? find([blockOf(checker)], ['misc_timeout'], wholeSeconds, findings)
    : find(scopes, ['connect_timeout'], aboveZero, findings);
  const serviceLoop = isScript ? lastOf(scopes.at(-1) ?? [], 'delay_loop') : undefined;
  const standard = isScript ? ((serviceLoop && aboveZero(serviceLoop, false)) ?? 60) : 5;
  const more = find(scopes, ['retry', ...(kind.type.startsWith('http') ? ['nb_get_retry'] : [])], retries, findings);
  const retry = more?.value ?? kind.retry;
  const pause = find(scopes, ['delay_before_retry'], zeroOrMore, findings);
  const fast = Math.max(shortest, pause?.value ?? kind.retryDelay ?? interval);
  if (retry > 0 && fast > interval && pause !== undefined) {
    const message = `regent tries again after the interval, ${writeSeconds(interval)}, at the latest`;
    findings.push({ kind: 'changed', ...originOf(pause.statement), message });
  }
  return {
    interval: scalar(writeSeconds(interval), from(loop)),
    timeout: scalar(writeSeconds(limit?.value || standard), from(limit)),
    rise: scalar(1, originOf(checker)),
    fall: scalar(Math.min(retry + 1, mostFailures), from(more)),
    fast_interval: retry > 0 && fast < interval ? scalar(writeSeconds(fast), from(pause)) : undefined,
  };
};
