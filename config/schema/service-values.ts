// Scalar values of services: addresses with and without a port, ranges of them, percentages.

import { hostLength, networkOf, parseCidr } from '../../net/cidr.ts';
import { type Endpoint, parseEndpoint, splitPort } from '../../net/endpoint.ts';
import { bytesOf, type Family, familyOf, formatAddress, type IpAddress, parseAddress } from '../../net/ip-address.ts';
import { judgeServer, judgeServiceAddresses } from './host-address.ts';
import { judged, ofText, value } from './scalar.ts';

/** A host, possibly a range, and a port; 0 if absent. */
const split = (text: string): { readonly host: string; readonly port: number } | undefined =>
  splitPort(text) ?? (/^[\da-fA-F:.]+[-/]/.test(text) ? { host: text, port: 0 } : undefined);

const toNumber = (address: IpAddress): bigint => BigInt(`0x${bytesOf(address).toString('hex')}`);

const toAddress = (number: bigint, family: Family): IpAddress =>
  formatAddress(Buffer.from(number.toString(16).padStart(family === 'ipv4' ? 8 : 32, '0'), 'hex'));

/** Largest number of addresses in a range: each is a service in the kernel. */
const rangeLimit = 4096n;

type Range = { readonly first: bigint; readonly last: bigint; readonly family: Family };

/** The addresses of `a-b`, `a.b.c.d-e` or `a/length`. */
const rangeOf = (host: string): Range | undefined => {
  if (host.includes('/')) {
    const cidr = parseCidr(host);
    if (cidr === undefined) return undefined;
    const family = familyOf(cidr.address);
    const first = toNumber(networkOf(cidr));
    return { first, last: first + (1n << BigInt(hostLength(cidr.address) - cidr.prefixLength)) - 1n, family };
  }
  const [start = '', end = '', ...more] = host.split('-');
  const from = parseAddress(start);
  const isShort = /^\d{1,3}$/.test(end) && start.includes('.');
  const to = parseAddress(isShort ? start.replace(/\d+$/, end) : end);
  if (more.length > 0 || from === undefined || to === undefined || familyOf(from) !== familyOf(to)) return undefined;
  return { first: toNumber(from), last: toNumber(to), family: familyOf(from) };
};

/** Parses one address or a range, with or without a port; undefined if invalid or too large. */
const parseServiceAddresses = (text: string): Endpoint[] | undefined => {
  const one = parseEndpoint(text);
  if (one !== undefined) return [one];
  const parts = split(text);
  const range = parts && rangeOf(parts.host);
  if (parts === undefined || range === undefined) return undefined;
  const { first, last, family } = range;
  if (last < first || last - first >= rangeLimit) return undefined;
  return Array.from({ length: Number(last - first) + 1 }, (_, index) => ({
    address: toAddress(first + BigInt(index), family),
    port: parts.port,
  }));
};

/** Reads one address or a range of them, with or without a port. */
export const readServiceAddresses = ofText(parseServiceAddresses);

const bracket = (input: unknown): string | undefined => {
  const [, host = '', port = ''] = (typeof input === 'string' && /^([\da-fA-F:]+):(\d+)$/.exec(input)) || [];
  return parseAddress(host) !== undefined && parseAddress(String(input)) === undefined
    ? `[${host}]:${port}`
    : undefined;
};

export const serverAddress = () =>
  judged(
    value(
      'an address and a port, such as 192.0.2.1:80 or [2001:db8::1]:80',
      ofText(parseEndpoint),
      { type: 'string', pattern: '^[\\[\\]\\dA-Fa-f.:]+$' },
      bracket,
    ),
    judgeServer,
  );

export const serviceAddresses = () =>
  judged(
    value(
      `an address and a port, such as 192.0.2.1:80 or [2001:db8::1]:80, or at most ${rangeLimit} of them, such as 192.0.2.1-9:80`,
      readServiceAddresses,
      { type: 'string', pattern: '^[\\[\\]\\dA-Fa-f.:/-]+$', bounds: `at most ${rangeLimit} addresses` },
      bracket,
    ),
    judgeServiceAddresses,
  );

/** A share: `50%`, or 0. */
export const percentage = () =>
  value(
    'a percentage, such as 50%, or 0',
    (input) => {
      const match = typeof input === 'string' ? /^(\d{1,3})%$/.exec(input) : null;
      const share = input === 0 ? 0 : match === null ? undefined : Number(match[1]);
      return share === undefined || share > 100 ? undefined : share;
    },
    { anyOf: [{ type: 'string', pattern: '^(0?\\d{1,2}|100)%$' }, { const: 0 }], unit: '%', bounds: '0 to 100%' },
    (input) => (typeof input === 'number' && input > 0 && input <= 100 ? `${Math.round(input)}%` : undefined),
  );

const isGroup = (address: IpAddress): boolean => {
  const [first = 0] = bytesOf(address);
  return familyOf(address) === 'ipv4' ? first >> 4 === 14 : first === 0xff;
};

/** An IPv4 or IPv6 multicast group. */
export const multicastGroup = () =>
  value(
    'a multicast group, such as 224.0.0.81',
    ofText((text) => {
      const address = parseAddress(text);
      return address !== undefined && isGroup(address) ? address : undefined;
    }),
    { type: 'string', pattern: '^(22[4-9]|23\\d|[Ff]{2})[\\dA-Fa-f.:]+$' },
  );
