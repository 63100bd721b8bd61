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

/** Whether keepalived can read the networks of a rule; it skips one otherwise, and counts on. */
const isReadable = ({ keyword, words }: Statement): boolean =>
  [keyword, ...words].every((word, index, all) => !/^(from|to)$/.test(all[index - 1] ?? '') || isNetwork(word));

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
  for (const line of blocks.flatMap(blockOf).filter((line) => isBare(line) && isReadable(line)))
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
