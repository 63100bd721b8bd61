// One line of virtual_routes or virtual_rules, in the syntax of ip-route(8) and ip-rule(8). Pure.

import { scopeNames } from './addresses.ts';
import { mapping, type Node, type Origin, scalar, vital } from './document.ts';
import { isKept } from './rule-priorities.ts';
import type { Finding, Statement } from './statement.ts';

type Word = {
  readonly key: string;
  /** Whether the route or rule would match differently without it. */
  readonly isVital: boolean;
  readonly isNumber?: boolean;
};

export type ReadLine = { readonly node: Node | undefined; readonly findings: readonly Finding[] };

const gateway: Word = { key: 'via', isVital: true };
const metric: Word = { key: 'metric', isVital: true, isNumber: true };
const device: Word = { key: 'interface', isVital: true };
const table: Word = { key: 'table', isVital: true, isNumber: true };
const priority: Word = { key: 'priority', isVital: true, isNumber: true };

const routeWords: Readonly<Record<string, Word>> = {
  to: { key: 'to', isVital: true },
  via: gateway,
  gw: gateway,
  dev: device,
  oif: device,
  table,
  metric,
  priority: metric,
  preference: metric,
  src: { key: 'source', isVital: true },
  scope: { key: 'scope', isVital: false },
  mtu: { key: 'mtu', isVital: false, isNumber: true },
};

const ruleWords: Readonly<Record<string, Word>> = {
  from: { key: 'from', isVital: true },
  to: { key: 'to', isVital: true },
  iif: device,
  dev: device,
  fwmark: { key: 'mark', isVital: true, isNumber: true },
  table,
  lookup: table,
  priority,
  preference: priority,
  order: priority,
};

/** The names that every host has; others are defined in files of /etc/iproute2. */
const tableNames: Readonly<Record<string, number>> = { default: 253, main: 254, local: 255 };

const types: readonly string[] = ['blackhole', 'unreachable', 'prohibit'];
const families: Readonly<Record<string, string>> = { inet: 'ipv4', inet6: 'ipv6' };
const kept = 'regent puts deleted routes and rules back, and stays master';

/** A number if the word must be one: only tables and marks may be hexadecimal. */
const write = (text: string, { key, isNumber }: Word): string | number => {
  if (key === 'scope') return scopeNames[text] ?? text;
  const isHex = key === 'table' || key === 'mark';
  return (
    (key === 'table' ? tableNames[text] : undefined) ??
    (isNumber === true && (isHex ? /^(0x[\da-f]+|\d+)$/i : /^\d+$/).test(text) ? Number(text) : text)
  );
};

/** Options of a route that can be dropped: packets still take the same way. */
const harmless: readonly string[] =
  'protocol proto window rtt rttvar rto_min cwnd ssthresh realms advmss reordering hoplimit initcwnd initrwnd features quickack congctl cc expires pref fastopen_no_cookie scope'.split(
    ' ',
  );

const everything: readonly string[] = ['all', 'any', 'default'];
const wordless: readonly string[] = ['not', 'l3mdev', 'nop', 'fastopen_no_cookie'];

/** Adds the family of a rule without a network; keepalived means IPv4 even in an IPv6 instance. */
const withFamily = (entries: Record<string, Node>, origin: Origin): Record<string, Node> =>
  entries.from === undefined && entries.to === undefined && entries.family === undefined
    ? { ...entries, family: scalar('ipv4', origin) }
    : entries;

const whole = {
  route: 'regent has nothing of the kind, and the route would lead elsewhere without it: the whole route is left out',
  rule: 'regent has nothing of the kind, and the rule would be for other packets without it: the whole rule is left out',
} as const;

const readWords = (statement: Statement, known: Readonly<Record<string, Word>>, isRoute: boolean): ReadLine => {
  const { keyword, place } = statement;
  const words = [keyword, ...statement.words];
  const origin: Origin = { keyword: words.slice(0, 3).join(' '), place };
  const findings: Finding[] = [];
  const say = (kind: Finding['kind'], word: string, message: string): void => {
    findings.push({ kind, keyword: `${origin.keyword} … ${word}`, place, message });
  };
  const entries: Record<string, Node> = {};
  let isWhole = true;
  for (let at = 0; at < words.length; at++) {
    const name = words[at] ?? '';
    const word = known[name];
    const value = words[at + 1];
    if (name === 'type' && value !== undefined) continue;
    if (types.includes(name)) entries.type = vital(scalar(name, origin));
    else if (name === 'unicast') continue;
    else if (name === 'no_track') say('needless', name, kept);
    else if (name === 'onlink' && isRoute) entries.on_link = scalar(true, origin);
    else if (families[name] !== undefined) {
      if (isRoute) continue;
      entries.family = scalar(families[name], origin);
      // keepalived passes over the word after it in a rule.
      at++;
    } else if (word !== undefined && value !== undefined) {
      at++;
      if (!isRoute && everything.includes(value) && (name === 'from' || name === 'to')) continue;
      const text = value.replace(/\/32$/, (length) => (word.key === 'via' ? '' : length));
      const node = scalar(write(text, word), origin);
      entries[word.key] = word.isVital ? vital(node) : node;
    } else if (isRoute && entries.to === undefined && /^(default|[\da-f:.]+(\/\d+)?)$/i.test(name)) {
      entries.to = vital(scalar(name, origin));
    } else {
      const shown = value === undefined || wordless.includes(name) ? name : `${name} ${words[++at] ?? ''}`;
      const isLess = isRoute && harmless.includes(name);
      isWhole &&= isLess;
      say('lost', shown, isLess ? 'regent gives the kernel nothing of the kind' : whole[isRoute ? 'route' : 'rule']);
      if (name === 'nexthop' || name === 'or') break;
    }
  }
  const node = mapping(isRoute ? entries : withFamily(entries, origin), origin);
  return { node: isWhole ? node : undefined, findings };
};

export const readRoute = (statement: Statement): ReadLine => readWords(statement, routeWords, true);

export const readRule = (statement: Statement): ReadLine => {
  if (isKept(statement, true)) return readWords(statement, ruleWords, false);
  const keyword = [statement.keyword, ...statement.words].slice(0, 3).join(' ');
  const message = 'keepalived cannot read this rule, and skips it';
  return { node: undefined, findings: [{ kind: 'mistaken', keyword, place: statement.place, message }] };
};
