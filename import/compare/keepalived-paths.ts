// Routes and rules from keepalived's dump, as text, to be compared with regent's. Pure.

import { parseAddress } from '../../net/ip-address.ts';
import { type Item, listOf } from './dump.ts';
import { sorted } from './facts.ts';

const types: readonly string[] = ['blackhole', 'unreachable', 'prohibit', 'local', 'broadcast', 'anycast', 'throw'];
const scopes: Readonly<Record<string, string>> = { 0: 'global', 200: 'site', 253: 'link', 254: 'host' };

/** A network without the length of a single address. */
export const networkText = (text: string): string => {
  const [address = '', length] = text.split('/');
  const plain = parseAddress(address) ?? address;
  return length === undefined || length === (plain.includes(':') ? '128' : '32') ? plain : `${plain}/${length}`;
};

/** Words with one value; undefined for what keepalived writes and what does not decide the way of a packet. */
const routeWords: Readonly<Record<string, ((value: string) => string | undefined) | undefined>> = {
  src: (value) => `source ${networkText(value)}`,
  dev: (value) => `dev ${value}`,
  table: (value) => `table ${value}`,
  metric: (value) => (value === '0' || value === '1024' ? undefined : `metric ${value}`),
  scope: (value) => `scope ${scopes[value] ?? value}`,
  proto: () => undefined,
};

const isEverything = (value: string): boolean => ['all', '0.0.0.0/0', '::/0'].includes(value);

const ruleWords: Readonly<Record<string, ((value: string) => string | undefined) | undefined>> = {
  from: (value) => (isEverything(value) ? undefined : `from ${networkText(value)}`),
  to: (value) => (isEverything(value) ? undefined : `to ${networkText(value)}`),
  priority: (value) => `priority ${value}`,
  tos: (value) => (value === '0x0' ? undefined : `tos ${value}`),
  fwmark: (value) => (value.includes('/') ? `mark ${value}` : `mark ${Number(value)}`),
  iif: (value) => `iif ${value}`,
  protocol: () => undefined,
  lookup: (value) => `table ${value}`,
  type: (value) => value,
};

/** Other words with a value, for which regent has none. */
const pairs: readonly string[] =
  'tos rtt rttvar rto_min features window ssthresh cwnd advmss reordering hoplimit initcwnd initrwnd quickack pref congctl realms realm expires fastopen_no_cookie ttl-propagate oif suppress_prefixlen suppress_ifgroup tunnel-id uidrange ipproto sport dport goto track_group'.split(
    ' ',
  );

const read = (words: readonly string[], known: typeof routeWords): readonly string[] => {
  const [first, second = '', third = ''] = words;
  if (first === undefined) return [];
  if (first === 'no_track') return read(words.slice(1), known);
  // Several ways, or a way through an address of its own family.
  if (first === 'nexthop') return [words.filter((word) => word !== 'no_track').join(' ')];
  if (first === 'via') return [`via ${networkText(third)}`, ...read(words.slice(3), known)];
  if (first === 'mtu') {
    const isLocked = second === 'lock';
    return [`mtu ${isLocked ? `lock ${third}` : second}`, ...read(words.slice(isLocked ? 3 : 2), known)];
  }
  const row = known[first];
  if (row === undefined && pairs.includes(first)) return [`${first} ${second}`, ...read(words.slice(2), known)];
  if (row === undefined) return [first, ...read(words.slice(1), known)];
  const text = row(second);
  return [...(text === undefined ? [] : [text]), ...read(words.slice(2), known)];
};

const routeText = ({ text }: Item): string => {
  const [, ...words] = text.split(' ').filter((word) => word !== '');
  const type = types.includes(words[0] ?? '') ? [words[0] ?? ''] : [];
  const [network = '', ...rest] = words.slice(type.length);
  return [...type, networkText(network), ...[...read(rest, routeWords)].sort()].join(' ');
};

const ruleText = ({ text }: Item): string => {
  const words = text.split(' ').filter((word) => word !== '' && word !== 'inet6');
  const isV6 = text.startsWith('inet6') || words.some((word) => word.includes(':'));
  return [isV6 ? 'IPv6' : 'IPv4', ...[...read(words, ruleWords)].sort()].join(' ');
};

export const routeTexts = (instance: Item): string => sorted(listOf(instance, 'Virtual Routes').map(routeText));
export const ruleTexts = (instance: Item): string => sorted(listOf(instance, 'Virtual Rules').map(ruleText));
