// What a virtual_server matches: an address, a range, a firewall mark, or the members of a group. Pure.

import { isIP } from 'node:net';
import { list, type Node, type Origin, originOf, scalar, vital } from './document.ts';
import { lastMethod } from './forwarding.ts';
import { blockOf, type Finding, lastOf, type Statement } from './statement.ts';
import { bareAddress, unmistaken, writeName } from './values.ts';

export type OriginSay = (kind: Finding['kind'], origin: Origin, message: string) => void;

export type ServiceTarget = {
  /** The service's name, since keepalived has none for it. */
  readonly name: string;
  readonly entries: Readonly<Record<string, Node>>;
  /** The one port of all its addresses; 0 if they differ or there is none. */
  readonly port: number;
  readonly hasOnlyMarks: boolean;
  /** Whether one of its addresses matches every port. */
  readonly isPortless: boolean;
  /** 4 or 6; 0 if its addresses are of both. */
  readonly family: number;
};

type Member = {
  readonly kind: 'address' | 'mark';
  readonly node: Node;
  readonly port: number;
  /** Absent for a mark without a family. */
  readonly family: 4 | 6 | undefined;
};

/** `192.0.2.1`, `192.0.2.1-9`, `192.0.2.1-192.0.2.9` and `192.0.2.0/24`, and the same in IPv6. */
const isAddresses = (text: string): boolean => {
  const [first = '', last] = text.split(/[-/]/);
  return isIP(first) !== 0 && (last === undefined || isIP(last) !== 0 || /^[\da-f]{1,4}$/i.test(last));
};

/** `2001:db8::1-5` abbreviates the last address to its last group. */
const wholeRange = (text: string): string => {
  const [first = '', last] = text.split('-');
  return last !== undefined && isIP(first) === 6 && !last.includes(':')
    ? `${first}-${first.replace(/[^:]*$/, last)}`
    : text;
};

/** keepalived skips a network whose address has bits set after its prefix. */
const isNetwork = (text: string): boolean => {
  const [first = '', length] = text.split('/');
  if (length === undefined || isIP(first) !== 4) return true;
  const number = first.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return Number(length) > 0 && number % 2 ** (32 - Number(length)) === 0;
};

const readAddresses = (text: string, portText: string | undefined, origin: Origin, say: OriginSay): Member[] => {
  const port = Number(portText ?? 0);
  if (!isAddresses(text) || !isNetwork(text) || !Number.isInteger(port) || port < 0 || port > 65_535) {
    const given = [text, portText].join(' ').trim();
    say('mistaken', origin, `keepalived skips it: expected an address or a range and a port, not ${given}`);
    return [];
  }
  const family = text.includes(':') ? 6 : 4;
  const whole = wholeRange(text);
  const host = family === 6 && port > 0 ? `[${whole}]` : unmistaken(whole);
  return [{ kind: 'address', node: vital(scalar(port > 0 ? `${host}:${port}` : host, origin)), port, family }];
};

const readMark = (words: readonly string[], origin: Origin, say: OriginSay): Member[] => {
  const mark = Number(words[0]);
  if (!Number.isInteger(mark) || mark < 1) {
    say('mistaken', origin, `expected a firewall mark above 0, not ${words[0] ?? 'nothing'}`);
    return [];
  }
  const family = words[1] === 'inet6' ? 6 : words[1] === 'inet' ? 4 : undefined;
  return [{ kind: 'mark', node: vital(scalar(mark, origin)), port: 0, family }];
};

const readMembers = (service: Statement, roots: readonly Statement[], origin: Origin, say: OriginSay): Member[] => {
  const [first = '', second] = service.words;
  if (first === 'fwmark') return readMark(service.words.slice(1, 2), origin, say);
  if (first !== 'group') return readAddresses(first, second, origin, say);
  const group = roots.find(({ keyword, words }) => keyword === 'virtual_server_group' && words[0] === second);
  if (group === undefined) say('mistaken', origin, `no virtual_server_group is called ${second ?? ''}`);
  return blockOf(group).flatMap((line) =>
    line.keyword === 'fwmark'
      ? readMark(line.words, originOf(line), say)
      : readAddresses(line.keyword, line.words[0], originOf(line), say),
  );
};

const familyOf = (server: Statement): (4 | 6)[] => {
  const family = isIP(bareAddress(server.words[0]) ?? '');
  return family === 4 || family === 6 ? [family] : [];
};

const isTunnelled = (server: Statement, service: Statement): boolean =>
  (lastMethod(blockOf(server), 'lvs_method') ?? lastMethod(blockOf(service), 'lb_kind', 'lvs_method'))?.words[0] ===
  'TUN';

/**
 * The family of packets with a mark: from `ip_family`, else of the first server that requires one, else of all servers if they
 * agree, else IPv4.
 */
const markFamily = (service: Statement): 4 | 6 => {
  const block = blockOf(service);
  const given = lastOf(block, 'ip_family')?.words[0];
  if (given === 'inet' || given === 'inet6') return given === 'inet6' ? 6 : 4;
  const servers = block.filter(({ keyword }) => keyword === 'real_server' || keyword === 'sorry_server');
  const bound = servers.filter((server) => !isTunnelled(server, service)).flatMap(familyOf);
  const [first = 4, ...others] = bound.length > 0 ? bound.slice(0, 1) : servers.flatMap(familyOf);
  return others.every((family) => family === first) ? first : 4;
};

const nodesOf = (members: readonly Member[], origin: Origin): Node =>
  list(
    members.map(({ node }) => node),
    origin,
  );

/** Reads what a virtual_server matches; undefined if nothing of it is valid. */
export const readTarget = (
  service: Statement,
  roots: readonly Statement[],
  say: OriginSay,
): ServiceTarget | undefined => {
  const [first = '', second = ''] = service.words;
  const origin: Origin = { keyword: `virtual_server ${service.words.join(' ')}`, place: service.place };
  const members = readMembers(service, roots, origin, say);
  const addresses = members.filter(({ kind }) => kind === 'address');
  const marks = members.filter(({ kind }) => kind === 'mark');
  const [only] = addresses;
  if (members.length === 0) return undefined;
  const families = new Set(members.flatMap(({ family }) => family ?? []));
  const [single] = families;
  const family = families.size > 1 ? 0 : (single ?? markFamily(service));
  const ports = new Set(addresses.map(({ port }) => port));
  if (families.size > 1 && marks.length > 0)
    say('changed', origin, 'all firewall marks of a service are of one family: IPv4 here');
  return {
    name: writeName(first === 'group' ? second : first === 'fwmark' ? `mark-${second}` : `${first}-${second || 'any'}`),
    entries: {
      ...(only !== undefined && addresses.length === 1 ? { address: only.node } : {}),
      ...(addresses.length > 1 ? { addresses: nodesOf(addresses, origin) } : {}),
      ...(marks.length > 0 ? { firewall_marks: vital(nodesOf(marks, origin)) } : {}),
      ...(marks.length > 0 && family === 6 ? { family: vital(scalar('ipv6', origin)) } : {}),
    },
    port: ports.size === 1 ? (only?.port ?? 0) : 0,
    hasOnlyMarks: addresses.length === 0,
    isPortless: addresses.some(({ port }) => port === 0),
    family,
  };
};
