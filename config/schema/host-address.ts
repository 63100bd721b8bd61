// Addresses judged for their purpose: a host's, not a network's or a group's, and without a port mistaken for a part. Pure.

import { isIPv4, isIPv6 } from 'node:net';
import { type Cidr, hostLength, networkOf, parseCidr } from '../../net/cidr.ts';
import { bytesOf, formatAddress, type IpAddress, parseAddress } from '../../net/ip-address.ts';
import type { Complaint } from './scalar.ts';

/** Addresses of IANA's special-purpose registries that no single host may have. Matched as text, since there may be many. */
const kinds: Readonly<Record<'four' | 'six', readonly (readonly [RegExp, string])[]>> = {
  four: [
    [/^0+\./, 'is not the address of a host'],
    [/^2(2[4-9]|3\d)\./, 'is a multicast group'],
    [/^255\.255\.255\.255$/, 'is the broadcast address'],
    [/^2[45]\d\./, 'is reserved'],
  ],
  six: [
    [/^[0:]+$/, 'is not the address of a host'],
    [/^ff/i, 'is a multicast group'],
    [/^(::|(0{1,4}:){5})ffff:(\d+\.|[\da-f]+:[\da-f]+$)/i, 'is an IPv4-mapped address'],
  ],
};

/** Why an address cannot belong to one host; undefined if it can. */
const whyNoHost = (address: string): string | undefined =>
  kinds[address.includes(':') ? 'six' : 'four'].find(([pattern]) => pattern.test(address))?.[1];

const judgeAddress = (address: string, text: string): Complaint[] => {
  const why = whyNoHost(address);
  if (why === undefined || (!isIPv4(address) && !isIPv6(address))) return [];
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return [{ message: `${address} ${why}`, suggestion: mapped && text.replace(/\[?[^\]]*\.\d+\]?/, mapped) }];
};

/** Judges the address of a host. */
export const judgeHost = (input: unknown): Complaint[] => judgeAddress(String(input), String(input));

/** `host`, `host:port` or `[host]:port`; the host of a range is its first. */
const hostOf = (text: string): string => {
  const [, bracketed, bare] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::\d+)?$/.exec(text) ?? [];
  return (bracketed ?? bare ?? text).replace(/[-/].*$/, '');
};

/** IPv6 without brackets whose last group may be meant as a port. */
const judgeBrackets = (text: string): Complaint[] => {
  const [, host = '', port = ''] = /^([\da-fA-F:]+):([1-9]\d{0,4})$/.exec(text) ?? [];
  if (!isIPv6(text) || !isIPv6(host)) return [];
  const message = `"${text}" is ambiguous: write [${text}] for the address alone, or [${host}]:${port} for an address and a port`;
  return [{ message, suggestion: `[${host}]:${port}` }];
};

/** Judges the address of a host with or without a port. */
export const judgeEndpoint = (input: unknown): Complaint[] => {
  const text = String(input);
  return [...judgeAddress(hostOf(text), text), ...judgeBrackets(text)];
};

/** Judges the address of a real server: a destination of IPVS names no interface. */
export const judgeServer = (input: unknown): Complaint[] => {
  const host = hostOf(String(input));
  return isIPv6(host) && /^fe[89ab]/i.test(host)
    ? [{ message: `${host} is a link-local address: IPVS cannot reach it, since a real server names no interface` }]
    : judgeEndpoint(input);
};

/** Judges an address that is written without an interface, by which a link-local one alone is reached (RFC 4007 section 6). */
export const judgeUnscoped = (input: unknown): Complaint[] => {
  const host = hostOf(String(input));
  return isIPv6(host) && /^fe[89ab]/i.test(host)
    ? [{ message: `${host} is a link-local address: it cannot be reached here, where no interface is named` }]
    : [];
};

/** A range of services is a whole network: one address with its network's length is a mistake. */
const judgeRange = (text: string): Complaint[] => {
  const [, host = '', length, port = ''] = /^\[?([\da-fA-F:.]+)\/(\d{1,3})\]?(:\d+)?$/.exec(text) ?? [];
  const network = length === undefined ? undefined : parseCidr(`${host}/${length}`);
  const first = network && networkOf(network);
  if (first === undefined || first === parseAddress(host)) return [];
  const one = host.includes(':') && port !== '' ? `[${host}]${port}` : `${host}${port}`;
  return [
    {
      message: `${host}/${length} is one address with the length of its network: write ${one}, or ${text.replace(host, first)} for a service on each`,
      suggestion: one,
    },
  ];
};

/** Judges one address of a service or a range of them, with or without a port. */
export const judgeServiceAddresses = (input: unknown): Complaint[] => [
  ...judgeEndpoint(input),
  ...judgeRange(String(input)),
];

/** The last address of a network. */
const lastOf = ({ address, prefixLength }: Cidr): IpAddress =>
  formatAddress(
    bytesOf(address).map((byte, index) => byte | (0xff >> Math.min(8, Math.max(0, prefixLength - index * 8)))),
  );

/** Judges a virtual address: it may have its network's length, but must not be the network or broadcast address. */
export const judgeVirtualAddress = (input: unknown, cidr: Cidr): Complaint[] => {
  const text = String(input);
  const { address, prefixLength } = cidr;
  const hasNetwork = hostLength(address) === 32 && prefixLength <= 30;
  const isFirst = address === networkOf(cidr);
  if (!hasNetwork || (!isFirst && address !== lastOf(cidr))) return judgeAddress(text.split('/')[0] ?? '', text);
  const what = isFirst ? 'is the network itself' : 'is the broadcast address of its network';
  return [{ message: `${text} ${what}, not an address of a host` }];
};
