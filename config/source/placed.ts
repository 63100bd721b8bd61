// Values of joined files, each with its place: mappings are merged, lists concatenated. Pure.

import type { KeyPath } from '../schema/kind.ts';
import type { Position } from './lines.ts';
import type { Source } from './position.ts';

/** A place in one of the files. */
export type FilePlace = Position & { readonly file: string };

export type Complaint = { readonly at: FilePlace; readonly message: string; readonly suggestion?: string | undefined };

/** The place of a path in the files. */
export type FileSpot = {
  readonly value: FilePlace;
  readonly key: FilePlace;
  /** The alias or merge through which the path reaches text written elsewhere. */
  readonly usedAt: FilePlace | undefined;
  /** The key of the file below which the value is written. */
  readonly below: string | undefined;
};

export type Part = { readonly file: string; readonly source: Source };

/** A value and its place: a path in one of the files. */
export type Placed = {
  readonly value: unknown;
  readonly part: Part;
  readonly path: KeyPath;
  /** Children of a value that several files share; otherwise they lie in the value's own file. */
  readonly joined?: ReadonlyMap<string, Placed>;
};

export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const childrenOf = ({ value, part, path, joined }: Placed): ReadonlyMap<string, Placed> => {
  if (joined !== undefined) return joined;
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : isMapping(value)
      ? Object.entries(value)
      : [];
  return new Map(entries.map(([key, child]) => [String(key), { value: child, part, path: [...path, key] }]));
};

export const plain = ({ value, joined }: Placed): unknown => {
  if (joined === undefined) return value;
  if (Array.isArray(value)) return [...joined.values()].map(plain);
  return Object.fromEntries([...joined].map(([key, child]) => [key, plain(child)]));
};

export const spotOf = ({ part, path }: Placed, rest: KeyPath = []): FileSpot => {
  const { value, key, usedAt, below } = part.source.spotAt([...path, ...rest]);
  const { file } = part;
  return {
    value: { file, ...value },
    key: { file, ...key },
    usedAt: usedAt === undefined ? undefined : { file, ...usedAt },
    below,
  };
};

/** The place of a path in joined files. */
export const spotIn = (root: Placed, path: KeyPath): FileSpot => {
  let placed = root;
  for (const [index, step] of path.entries()) {
    const child = placed.joined?.get(String(step));
    // A value from a single file is found by its own path.
    if (child === undefined) return spotOf(placed, path.slice(index));
    placed = child;
  }
  return spotOf(placed);
};

export const writePlace = ({ file, line, column }: FilePlace): string => `${file}:${line}:${column}`;

/** Joins two values; if they cannot be joined, the first stays and a complaint is added. */
export const join = (first: Placed, second: Placed, complaints: Complaint[]): Placed => {
  if (Array.isArray(first.value) && Array.isArray(second.value)) {
    const items = [...childrenOf(first).values(), ...childrenOf(second).values()];
    return { ...first, joined: new Map(items.map((item, index) => [String(index), item])) };
  }
  if (isMapping(first.value) && isMapping(second.value)) {
    const joined = new Map(childrenOf(first));
    for (const [key, child] of childrenOf(second)) {
      const former = joined.get(key);
      joined.set(key, former === undefined ? child : join(former, child, complaints));
    }
    return { ...first, joined };
  }
  const message = `"${second.path.join('.')}" is given already: see ${writePlace(spotOf(first).key)}`;
  complaints.push({ at: spotOf(second).key, message });
  return first;
};
