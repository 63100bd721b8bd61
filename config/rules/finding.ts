// What a rule finds, and how it looks at a configuration: as it was read, where what is wrong or missing is undefined.

import { suggestWord } from '../../base/suggestion.ts';
import type { director } from '../schema/director-keys.ts';
import type { Found, KeyPath } from '../schema/kind.ts';
import type { Places } from './places.ts';

/** A complaint about the value at a path; `other` is the path that it clashes with. */
export type Finding = {
  readonly path: KeyPath;
  readonly message: string;
  readonly other?: KeyPath | undefined;
  readonly suggestion?: string | undefined;
};

type Entry<List> = NonNullable<NonNullable<List> extends readonly (infer T)[] ? T : never>;

export type Director = Found<typeof director>;
type Vrrp = NonNullable<Director['vrrp']>;
export type Router = Entry<Vrrp['routers']>;
export type Anycast = NonNullable<Director['anycast']>;
/** Addresses that are announced and withdrawn together. */
export type Announced = Entry<Anycast['addresses']>;
export type Group = Entry<Vrrp['groups']>;
export type Notification = Entry<Director['notifications']>;
export type Track = Entry<Router['track']>;
export type Route = Entry<Router['routes']>;
export type Rule = Entry<Router['rules']>;
export type Address = Entry<Router['addresses']>;
export type Service = Entry<Director['virtualServices']>;
export type RealServer = Entry<Service['realServers']>;
export type SorryServer = NonNullable<Service['sorryServer']>;
export type Check = NonNullable<Service['check']>;

type List<T> = readonly (T | undefined)[] | undefined;

/** The entries of a list that could be read. */
export const present = <T>(list: List<T>): T[] => (list ?? []).filter((entry) => entry !== undefined);

/** The entries of a list that could be read, with their places. */
export const entriesOf = <T>(list: List<T>, places: Places): { readonly value: T; readonly path: KeyPath }[] =>
  (list ?? []).flatMap((value, index) =>
    value === undefined || list === undefined ? [] : [{ value, path: places.of(list, index) }],
  );

// Limit of suggestions, as each word is compared with all candidates; no more problems are shown anyway.
const mostSuggestions = 20;

/** The candidate that the word probably meant, for the first findings of a rule only. */
export const suggestFor = (index: number, word: string, candidates: readonly string[]): string | undefined =>
  index < mostSuggestions ? suggestWord(word, candidates) : undefined;

/** Something that may be given only once, by its key; undefined if it is unknown. */
export type Use = { readonly key: string | undefined; readonly path: KeyPath; readonly message: string };

/** Reports each use of a key after the first, unless the two may have it together. */
export const findRepeated = <U extends Use>(
  uses: readonly U[],
  isShared: (first: U, use: U) => boolean = () => false,
): Finding[] => {
  const firsts = new Map<string, U>();
  return uses.flatMap((use) => {
    const { key, path, message } = use;
    const first = key === undefined ? undefined : firsts.get(key);
    if (first !== undefined) return isShared(first, use) ? [] : [{ path, message, other: first.path }];
    if (key !== undefined) firsts.set(key, use);
    return [];
  });
};

export const findRepeatedNames = (
  items: readonly { readonly name?: string | undefined }[],
  kind: string,
  places: Places,
): Finding[] =>
  findRepeated(
    items.map((item) => ({
      key: item.name,
      path: places.of(item, 'name'),
      message: `${kind} name "${item.name}" is used twice`,
    })),
  );

/** There is no search path for programs. */
export const checkProgram = (command: readonly (string | undefined)[] | undefined, places: Places): Finding[] => {
  const program = command?.[0];
  return command === undefined || program === undefined || program.startsWith('/')
    ? []
    : [
        {
          path: places.of(command, 0),
          message: `expected the absolute path of a program, such as /usr/local/bin/check, not "${program}"`,
        },
      ];
};

/** The checks of a service or a server. */
export const checksOf = (owner: Pick<Service, 'check' | 'checks'>): Check[] => [
  ...(owner.check === undefined ? [] : [owner.check]),
  ...present(owner.checks),
];
