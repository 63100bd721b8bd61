// The scalar values of services: addresses with and without a port, ranges of them, percentages.

import { isIPv4, isIPv6 } from 'node:net';
import type { Endpoint } from '../model/service-model.ts';
import { value } from './values.ts';

type Split = { readonly host: string; readonly port: number };

/** Cuts `host`, `host:port`, `[host]:port` and `host` of IPv6 apart; port 0 where there is none. */
const split = (input: unknown): Split | undefined => {
  if (typeof input !== 'string') return undefined;
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::([1-9]\d{0,4}))?$/.exec(input);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined)
    return isIPv6(input)
      ? { host: input, port: 0 }
      : /^[\da-fA-F:.]+[-/]/.test(input)
        ? { host: input, port: 0 }
        : undefined;
  const port = Number(match?.[3] ?? 0);
  return port > 65_535 || (match?.[1] !== undefined && host.includes('.') && isIPv4(host)) ? undefined : { host, port };
};

/** Parses `address` or `address:port`, IPv6 in brackets where a port follows; port 0 where there is none. */
export const parseServerAddress = (input: unknown): Endpoint | undefined => {
  const parts = split(input);
  return parts !== undefined && (isIPv4(parts.host) || (isIPv6(parts.host) && !parts.host.includes('%')))
    ? { address: parts.host, port: parts.port }
    : undefined;
};

const toNumber = (address: string): bigint => {
  if (isIPv4(address)) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(1, 5).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = [], tail = []] = plain.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
};

const toText = (number: bigint, isFour: boolean): string => {
  if (isFour) return [24n, 16n, 8n, 0n].map((shift) => String((number >> shift) & 255n)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((number >> BigInt(112 - 16 * index)) & 65_535n).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
};

/** So many addresses one range may stand for: each is a service of the kernel. */
export const rangeLimit = 4096n;

/** First and last address of `a-b`, `a.b.c.d-e` or `a/length`. */
const boundsOf = (host: string): readonly [bigint, bigint] | undefined => {
  const [first = '', last, more] = host.split('-');
  if (last !== undefined) {
    const end = isIPv4(first) && /^\d{1,3}$/.test(last) ? first.replace(/\d+$/, last) : last;
    const isPair = (isIPv4(first) && isIPv4(end)) || (isIPv6(first) && isIPv6(end));
    return isPair && more === undefined ? [toNumber(first), toNumber(end)] : undefined;
  }
  const [network = '', length = '', rest] = host.split('/');
  const bits = isIPv4(network) ? 32 : isIPv6(network) ? 128 : 0;
  if (rest !== undefined || bits === 0 || !/^\d{1,3}$/.test(length) || Number(length) > bits) return undefined;
  const span = 1n << BigInt(bits - Number(length));
  const start = (toNumber(network) / span) * span;
  return [start, start + span - 1n];
};

/** Parses one address or a range of them, with or without a port; undefined when it is none, or too large. */
export const parseServiceAddresses = (input: unknown): Endpoint[] | undefined => {
  const one = parseServerAddress(input);
  if (one !== undefined) return [one];
  const parts = split(input);
  const bounds = parts && boundsOf(parts.host);
  if (parts === undefined || bounds === undefined) return undefined;
  const [first, last] = bounds;
  if (last < first || last - first >= rangeLimit) return undefined;
  const isFour = /^[\d.]+[-/]/.test(parts.host);
  return Array.from({ length: Number(last - first) + 1 }, (_, index) => ({
    address: toText(first + BigInt(index), isFour),
    port: parts.port,
  }));
};

const bracket = (input: unknown): string | undefined => {
  const match = typeof input === 'string' ? /^([\da-fA-F:]+):(\d+)$/.exec(input) : null;
  return match?.[1] !== undefined && isIPv6(match[1]) && !isIPv6(String(input))
    ? `[${match[1]}]:${match[2]}`
    : undefined;
};

export const serverAddress = () =>
  value('an address and a port, such as 192.0.2.1:80 or [2001:db8::1]:80', parseServerAddress, bracket).meta({
    type: 'string',
    pattern: '^[\\[\\]\\dA-Fa-f.:]+$',
  });

export const serviceAddresses = () =>
  value(
    `an address and a port, such as 192.0.2.1:80 or [2001:db8::1]:80, or at most ${rangeLimit} of them, such as 192.0.2.1-9:80`,
    parseServiceAddresses,
    bracket,
  ).meta({ type: 'string', pattern: '^[\\[\\]\\dA-Fa-f.:/-]+$', bounds: `at most ${rangeLimit} addresses` });

/** A share: `50%`, or 0. */
export const percentage = () =>
  value(
    'a percentage, such as 50%, or 0',
    (input) => {
      const match = typeof input === 'string' ? /^(\d{1,3})%$/.exec(input) : null;
      const share = input === 0 ? 0 : match === null ? undefined : Number(match[1]);
      return share === undefined || share > 100 ? undefined : share;
    },
    (input) => (typeof input === 'number' && input > 0 && input <= 100 ? `${Math.round(input)}%` : undefined),
  ).meta({ anyOf: [{ type: 'string', pattern: '^(0?\\d{1,2}|100)%$' }, { const: 0 }], unit: '%', bounds: '0 to 100%' });

/** An IPv4 or IPv6 multicast group. */
export const multicastGroup = () =>
  value('a multicast group, such as 224.0.0.81', (input) => {
    if (typeof input !== 'string') return undefined;
    const isGroup = isIPv4(input) ? Number(input.split('.')[0]) >> 4 === 14 : isIPv6(input) && /^ff/i.test(input);
    return isGroup ? input : undefined;
  }).meta({ type: 'string', pattern: '^(22[4-9]|23\\d|[Ff]{2})[\\dA-Fa-f.:]+$' });
