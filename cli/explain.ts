// `regent explain KEY`: what a key of the configuration means, from the schema. Pure.

import { harmlessText } from '../base/harmless-text.ts';
import { suggestWord } from '../base/suggestion.ts';
import { describeSections, type KeyEntry, type Section } from '../config/pages/reference.ts';
import { WrongUsage } from './exit-codes.ts';

/** A key, with the section that it stands in. */
type Key = { readonly path: string; readonly section: string; readonly entry: KeyEntry };

/** `vrrp.routers.priority` names `vrrp.routers[].priority`, and so do `vrrp.routers[0].priority` and, as in a file, `Priority:`. */
const plain = (path: string): string =>
  path
    .trim()
    .toLowerCase()
    .replaceAll(/\[\d*\]/g, '')
    .replace(/^check of type (\w+)/, 'check.$1')
    .replaceAll(/^\.+|[.:]+$/g, '');

const keysOf = ({ path, keys }: Section): readonly Key[] =>
  keys.map((entry) => ({ path: path === '' ? entry.key : `${path}.${entry.key}`, section: path, entry }));

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

/** Whether a section describes what an entry holds: `check` is described by its common keys, and by those of each type. */
const isOf = (section: string, { entry }: Key): boolean =>
  section === entry.section || (entry.section === 'check' && section.startsWith('check of type '));

/** The keys of these words; what stands in several places is described once, and found from each of them. */
const find = (words: string, keys: readonly Key[]): readonly Key[] => {
  const named = keys.filter(({ path }) => isNamed(path, words));
  const dot = words.lastIndexOf('.');
  if (named.length > 0 || dot < 0) return named;
  const [above, last] = [find(words.slice(0, dot), keys), words.slice(dot + 1)];
  const within = keys.filter(({ section, entry }) => entry.key === last && above.some((one) => isOf(section, one)));
  // A mapping of free names, such as header fields.
  const free = above.filter(({ entry }) => entry.section === undefined && entry.unit === 'mapping');
  return within.length > 0 ? within : free;
};

/** @param words a key, or the end of its path. @throws WrongUsage with the nearest key, where there is none. */
export const explain = (words: string): string => {
  const wanted = plain(words);
  const sections = describeSections();
  const keys = sections.flatMap(keysOf);
  const found = [
    ...find(wanted, keys).map(write),
    ...sections.filter(({ path }) => path !== '' && isNamed(path, wanted)).map(writeSection),
  ];
  if (found.length > 0) return `${found.join('\n\n')}\n`;
  const near = suggestWord(wanted, [...keys.map(({ path }) => plain(path)), ...keys.map(({ entry }) => entry.key)]);
  const hint = near === undefined ? '; regent.yaml(5) and docs/reference.md have all' : `: is ${near} meant?`;
  throw new WrongUsage(`there is no key ${harmlessText(words, 100)}${hint}`);
};
