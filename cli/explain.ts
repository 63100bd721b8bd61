// `regent explain KEY`: what a key of the configuration means, from the schema. Pure.

import { suggestWord } from '../base/suggestion.ts';
import { describeSections, type KeyEntry, type Section } from '../config/pages/reference.ts';
import { WrongUsage } from './exit-codes.ts';

type Key = { readonly path: string; readonly entry: KeyEntry };

/** `vrrp.routers.priority` names `vrrp.routers[].priority`. */
const plain = (path: string): string => path.replaceAll('[]', '').replace(/^check of type (\w+)/, 'check.$1');

const keysOf = ({ path, keys }: Section): readonly Key[] =>
  keys.map((entry) => ({ path: path === '' ? entry.key : `${path}.${entry.key}`, entry }));

const isNamed = (path: string, words: string): boolean => plain(path) === words || plain(path).endsWith(`.${words}`);

const write = ({ path, entry }: Key): string => {
  const { meaning, unit, bounds, default: initial, example } = entry;
  const facts = [
    unit,
    bounds,
    initial === '' || initial === 'required' ? initial : `default: ${initial}`,
    example === '' ? '' : `example: ${example}`,
  ].filter((fact) => fact !== '');
  return [path, meaning, facts.join('; ')]
    .filter((line) => line !== '')
    .map((line, index) => (index === 0 ? line : `  ${line}`))
    .join('\n');
};

/** A mapping and its keys, a line each. */
const writeSection = (section: Section): string =>
  [section.path, ...[section.meaning].filter(Boolean), ...section.keys.map(({ key, meaning }) => `${key}: ${meaning}`)]
    .map((line, index) => (index === 0 ? line : `  ${line}`))
    .join('\n');

/** @param words a key, or the end of its path. @throws WrongUsage with the nearest key, where there is none. */
export const explain = (words: string): string => {
  const wanted = plain(words);
  const sections = describeSections();
  const keys = sections.flatMap(keysOf);
  const found = [
    ...keys.filter(({ path }) => isNamed(path, wanted)).map(write),
    ...sections.filter(({ path }) => path !== '' && isNamed(path, wanted)).map(writeSection),
  ];
  if (found.length > 0) return `${found.join('\n\n')}\n`;
  const near = suggestWord(wanted, [...keys.map(({ path }) => plain(path)), ...keys.map(({ entry }) => entry.key)]);
  throw new WrongUsage(`there is no key ${words}${near === undefined ? '' : `: is ${near} meant?`}`);
};
