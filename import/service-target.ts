// What a virtual_server stands for: an address, a range, a firewall mark, or all of a group. Pure.

import { isIP } from 'node:net';
import { list, type Node, type Origin, originOf, scalar, vital } from './document.ts';
import { blockOf, type Finding, lastOf, type Statement } from './statement.ts';
import { unmistaken, writeName } from './values.ts';

export type OriginSay = (kind: Finding['kind'], origin: Origin, message: string) => void;

export type Target = {
  /** What the service is called, since keepalived has no name for it. */
  readonly name: string;
  readonly entries: Readonly<Record<string, Node>>;
  /** The one port of all its addresses; 0 where they differ or there is none. */
  readonly port: number;
  readonly hasOnlyMarks: boolean;
};

type Member = { readonly kind: 'address' | 'mark'; readonly node: Node; readonly port: number; readonly isV6: boolean };

/** `192.0.2.1`, `192.0.2.1-9`, `192.0.2.1-192.0.2.9` and `192.0.2.0/24`, and the same of IPv6. */
const isAddresses = (text: string): boolean => {
  const [first = '', last] = text.split(/[-/]/);
  return isIP(first) !== 0 && (last === undefined || isIP(last) !== 0 || /^[\da-f]{1,4}$/i.test(last));
};

const readAddresses = (text: string, portText: string | undefined, origin: Origin, say: OriginSay): Member[] => {
  const port = Number(portText ?? 0);
  if (!isAddresses(text) || !Number.isInteger(port) || port < 0 || port > 65_535) {
    say('mistaken', origin, `expected an address or a range and a port, not ${[text, portText].join(' ').trim()}`);
    return [];
  }
  const isV6 = text.includes(':');
  const host = isV6 && port > 0 ? `[${text}]` : unmistaken(text);
  return [{ kind: 'address', node: vital(scalar(port > 0 ? `${host}:${port}` : host, origin)), port, isV6 }];
};

const readMark = (words: readonly string[], origin: Origin, say: OriginSay): Member[] => {
  const mark = Number(words[0]);
  if (!Number.isInteger(mark) || mark < 1) {
    say('mistaken', origin, `expected a firewall mark above 0, not ${words[0] ?? 'nothing'}`);
    return [];
  }
  return [{ kind: 'mark', node: vital(scalar(mark, origin)), port: 0, isV6: words[1] === 'inet6' }];
};

const readMembers = (service: Statement, roots: readonly Statement[], origin: Origin, say: OriginSay): Member[] => {
  const [first = '', second] = service.words;
  if (first === 'fwmark') return readMark(service.words.slice(1), origin, say);
  if (first !== 'group') return readAddresses(first, second, origin, say);
  const group = roots.findLast(({ keyword, words }) => keyword === 'virtual_server_group' && words[0] === second);
  if (group === undefined) say('mistaken', origin, `no virtual_server_group is called ${second ?? ''}`);
  return blockOf(group).flatMap((line) =>
    line.keyword === 'fwmark'
      ? readMark(line.words, originOf(line), say)
      : readAddresses(line.keyword, line.words[0], originOf(line), say),
  );
};

/** Reads what a virtual_server answers to; undefined where nothing of it can be read. */
export const readTarget = (service: Statement, roots: readonly Statement[], say: OriginSay): Target | undefined => {
  const [first = '', second = ''] = service.words;
  const origin: Origin = { keyword: `virtual_server ${service.words.join(' ')}`, place: service.place };
  const members = readMembers(service, roots, origin, say);
  const addresses = members.filter(({ kind }) => kind === 'address');
  const marks = members.filter(({ kind }) => kind === 'mark');
  const [only] = addresses;
  if (members.length === 0) return undefined;
  const family = lastOf(blockOf(service), 'ip_family');
  const isV6 = marks.length > 0 && (family?.words[0] === 'inet6' || marks.some((mark) => mark.isV6));
  const ports = new Set(addresses.map(({ port }) => port));
  const nodes = (some: readonly Member[]): Node =>
    list(
      some.map(({ node }) => node),
      origin,
    );
  return {
    name: writeName(first === 'group' ? second : first === 'fwmark' ? `mark-${second}` : `${first}-${second || 'any'}`),
    entries: {
      ...(only !== undefined && addresses.length === 1 ? { address: only.node } : {}),
      ...(addresses.length > 1 ? { addresses: nodes(addresses) } : {}),
      ...(marks.length > 0 ? { firewall_marks: vital(nodes(marks)) } : {}),
      ...(isV6 ? { family: vital(scalar('ipv6', originOf(family ?? service))) } : {}),
    },
    port: ports.size === 1 ? (only?.port ?? 0) : 0,
    hasOnlyMarks: addresses.length === 0,
  };
};
