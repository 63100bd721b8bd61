// One line of virtual_ipaddress. Pure.

import { isIP } from 'node:net';
import { type Entries, mapping, type Node, scalar } from './document.ts';
import type { Finding, Statement } from './statement.ts';

export type ReadAddress = {
  readonly node: Node | undefined;
  readonly family: 4 | 6;
  readonly findings: readonly Finding[];
};

const needlessWords: Readonly<Record<string, string>> = {
  no_track: 'regent puts a deleted address back, and stays master',
  '-nodad': 'regent never probes for duplicates of an address that moves',
  home: 'mobile IPv6 has no use for an address that moves',
  mngtmpaddr: 'temporary addresses have no use for an address that moves',
};

const lostWords: Readonly<Record<string, string>> = {
  noprefixroute: 'the kernel makes the route of the prefix: give a /32 or /128 where there must be none',
  autojoin: 'join multicast groups in the program that listens',
  use_vmac: 'regent has one virtual MAC a router, on its own interface',
};

const lostPairs: Readonly<Record<string, string>> = {
  peer: 'regent assigns no point-to-point addresses',
  track_group: 'regent keeps what moves with a router',
};

const carriedPairs: Readonly<Record<string, string>> = {
  dev: 'interface',
  label: 'label',
  scope: 'scope',
  brd: 'broadcast',
  broadcast: 'broadcast',
  preferred_lft: 'preferred',
};

export const scopeNames: Readonly<Record<string, string>> = { 0: 'global', 200: 'site', 253: 'link', 254: 'host' };

/** The last address of a network, for `+`. */
const broadcastOf = (cidr: string): string | undefined => {
  const [address = '', length = '32'] = cidr.split('/');
  const bits = 32 - Number(length);
  if (isIP(address) !== 4 || bits < 2) return undefined;
  const start = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const last = Math.floor(start / 2 ** bits) * 2 ** bits + 2 ** bits - 1;
  return [24, 16, 8, 0].map((shift) => Math.floor(last / 2 ** shift) % 256).join('.');
};

/** The value in regent's form; undefined if it equals regent's default. */
const write = (key: string, value: string, cidr: string, home: string | undefined): string | boolean | undefined => {
  switch (key) {
    case 'interface':
      return value === home ? undefined : value;
    case 'scope': {
      const name = scopeNames[value] ?? value;
      return name === 'global' ? undefined : name;
    }
    case 'broadcast':
      return value === '+' ? broadcastOf(cidr) : value === '-' ? undefined : value;
    case 'preferred':
      return value === 'forever' && !/\/128$|^[^/]*$/.test(cidr) ? undefined : value !== '0';
    default:
      return value;
  }
};

const isOfIpv4 = (key: string): boolean => ['scope', 'label', 'broadcast'].includes(key);

/**
 * Reads `ADDRESS[/LENGTH] [dev X] [label X] [scope X] …`.
 * @param home the router's own interface, which is the default.
 */
export const readAddress = (statement: Statement, home: string | undefined): ReadAddress => {
  const { keyword, place, words } = statement;
  const findings: Finding[] = [];
  const say = (kind: Finding['kind'], what: string, message: string): void => {
    findings.push({ kind, keyword: `${keyword} ${what}`.trim(), place, message });
  };
  const [address = ''] = keyword.split('/');
  const family = isIP(address) === 6 ? 6 : 4;
  if (isIP(address) === 0) {
    say('mistaken', '', 'expected an address, such as 192.0.2.1/24');
    return { node: undefined, family, findings };
  }
  const origin = { keyword, place };
  const entries: Record<string, Node> = {};
  for (let at = 0; at < words.length; at++) {
    const name = words[at] ?? '';
    const value = words[at + 1] ?? '';
    const key = carriedPairs[name];
    if (needlessWords[name] !== undefined) say('needless', name, needlessWords[name]);
    else if (lostWords[name] !== undefined) say('lost', name, lostWords[name]);
    else if (lostPairs[name] !== undefined) say('lost', `${words[at++]} ${value}`, lostPairs[name]);
    else if (key === undefined) say('mistaken', name, 'keepalived has no such word after an address');
    else {
      at++;
      const content = write(key, value, keyword, home);
      if (content === undefined) continue;
      if (family === 6 && isOfIpv4(key)) say('needless', `${name} ${value}`, 'an IPv6 address has none');
      else if (key === 'preferred' && !/^(0|forever)$/.test(value))
        say('lost', `${name} ${value}`, "an address is preferred or not: its lifetime is the master's lease");
      else if (key !== 'preferred' || family === 6)
        entries[key] = {
          ...scalar(content, { keyword: `${keyword} ${name} ${value}`, place }),
          // On another interface it would be a different address.
          isVital: key === 'interface',
        };
    }
  }
  const whole = scalar(keyword, origin);
  const isPlain = Object.keys(entries).length === 0;
  return {
    node: isPlain ? whole : mapping({ address: whole, ...entries } satisfies Entries, origin),
    family,
    findings,
  };
};
