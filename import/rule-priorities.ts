// Priorities of rules without their own: keepalived counts them down, in the order of the file. Pure.

import { isIP } from 'node:net';
import { isList, isMapping, type Node, scalar } from './document.ts';
import type { Statement } from './statement.ts';
import { blockOf } from './statement.ts';

/** keepalived's priority for the first such rule of a family; each next one has one less. */
const first = 16_384;

const names = /^(priority|preference|order)$/;

const isBare = ({ keyword, words }: Statement): boolean => ![keyword, ...words].some((word) => names.test(word));

const isNetwork = (text: string): boolean => {
  const [address = '', length] = text.split('/');
  return (isIP(address) !== 0 && (length === undefined || /^\d+$/.test(length))) || /^(all|any|default)$/.test(text);
};

/** Words of a rule with a value. */
const valued: ReadonlySet<string> = new Set(
  'from to table lookup preference order priority tos dsfield fwmark realms suppress_prefixlength sup_pl suppress_ifgroup sup_group dev iif oif tunnel-id uidrange protocol ipproto sport dport track_group goto type'.split(
    ' ',
  ),
);
const single: ReadonlySet<string> = new Set('not l3mdev no_track nop blackhole unreachable prohibit throw'.split(' '));
const actions: ReadonlySet<string> = new Set(
  'table lookup goto nop type blackhole unreachable prohibit throw'.split(' '),
);

const isTable = (text: string): boolean => /^(0x[\da-f]+|\d+|default|main|local)$/i.test(text);

/**
 * Whether keepalived keeps a rule; it counts only these. After inet and inet6 it passes over a word.
 * @param hasNames whether the host may have names of its own for tables.
 */
export const isKept = ({ keyword, words }: Statement, hasNames = false): boolean => {
  const all = [keyword, ...words];
  let hasAction = false;
  for (let at = 0; at < all.length; at++) {
    const word = all[at] ?? '';
    const value = all[at + 1] ?? '';
    hasAction ||= actions.has(word);
    if (word === 'inet' || word === 'inet6') at++;
    else if (valued.has(word)) {
      const isGood = /^(from|to)$/.test(word)
        ? isNetwork(value)
        : /^(table|lookup)$/.test(word)
          ? hasNames || isTable(value)
          : true;
      if (!isGood) return false;
      at++;
    } else if (!single.has(word)) return false;
  }
  return hasAction;
};

const familyOf = ({ keyword, words }: Statement): 4 | 6 =>
  [keyword, ...words].some((word) => word === 'inet6' || word.includes(':')) ? 6 : 4;

const placeKey = ({ place }: { readonly place: Statement['place'] }): string => `${place.file} ${place.line}`;

/** The priority of each rule without its own, by its place. */
export const countRules = (roots: readonly Statement[]): ReadonlyMap<string, number> => {
  const next = { 4: first, 6: first };
  const counted = new Map<string, number>();
  const blocks = roots.flatMap((root) =>
    root.keyword === 'static_rules'
      ? [root]
      : root.keyword === 'vrrp_instance'
        ? blockOf(root).filter(({ keyword }) => keyword === 'virtual_rules')
        : [],
  );
  for (const line of blocks.flatMap(blockOf).filter((line) => isBare(line) && isKept(line)))
    counted.set(placeKey(line), next[familyOf(line)]--);
  return counted;
};

/** Adds the priorities to the rules of a router. */
export const withPriorities = (rules: Node | undefined, counted: ReadonlyMap<string, number>): Node | undefined => {
  if (rules === undefined || !isList(rules.content)) return rules;
  const content = rules.content.map((rule): Node => {
    const priority = counted.get(placeKey(rule.origin));
    if (priority === undefined || !isMapping(rule.content) || rule.content.priority !== undefined) return rule;
    return { ...rule, content: { ...rule.content, priority: scalar(priority, rule.origin) } };
  });
  return { ...rules, content };
};
