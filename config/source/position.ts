// Where each key and value of a YAML text stands, so that every complaint can name its place.

import { CORE_SCHEMA, constructFromEvents, type Event, mergeTag, parseEvents, YAMLException } from 'js-yaml';
import { boundAliases } from './aliases.ts';
import { indexLines, type Lines, type Position } from './lines.ts';
import { buildTree, type Tree, type TreeNode } from './tree.ts';

/** The keys and indices that lead from the document to a value. */
export type Path = readonly (string | number)[];

/** One entry of a mapping that repeats an earlier key. */
export type RepeatedKey = { readonly key: string; readonly at: Position; readonly first: Position };

/** Where a path leads to in a text. */
export type Spot = {
  /** Of the value, or of the nearest enclosing value that the text has. */
  readonly value: Position;
  /** Of the key that ends the path, or of the value where there is no such key. */
  readonly key: Position;
  /** Where the path leaves the place it is written at: the first alias or merge on it. */
  readonly usedAt: Position | undefined;
};

export type Source = {
  /** The documents of the text; a later duplicate of a key has won. */
  readonly documents: readonly unknown[];
  readonly repeated: readonly RepeatedKey[];
  readonly lines: Lines;
  readonly spotAt: (path: Path) => Spot;
  /** The value's position, or that of the nearest enclosing value which the text has. */
  readonly valueAt: (path: Path) => Position;
};

const schema = CORE_SCHEMA.withTags(mergeTag);

/** @param json whether a repeated key wins, or is refused @throws YAMLException */
const construct = (source: string, events: Event[], json: boolean): unknown[] =>
  constructFromEvents(events, { source, schema, json, maxTotalMergeKeys: -1 });

/** Values whose places are not asked for need no tree: a large configuration without a mistake is made in half the time. */
const valuesOf = (text: string): { readonly documents: unknown[]; readonly tree: Tree | undefined } => {
  const events = parseEvents(text, {});
  boundAliases(text, events);
  try {
    return { documents: construct(text, events, false), tree: undefined };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    // A merge or a repeated key: the tree names its place better.
    const tree = buildTree(text, events);
    return { documents: construct(text, events, true), tree };
  }
};

/**
 * Parses a YAML text (1.2 core schema, and the merge key of YAML 1.1) and keeps the place of every key and value.
 * @throws YAMLException, with a mark where it knows one, when the text is no YAML.
 * @throws Unreadable when aliases lead nowhere or too far.
 */
export const parseSource = (text: string): Source => {
  const { documents, tree } = valuesOf(text);
  let known = tree;
  const rootOf = (): TreeNode => {
    known ??= buildTree(text, parseEvents(text, {}));
    return known.roots[0] ?? { offset: 0, children: new Map() };
  };
  const lines = indexLines(text);

  const spotAt = (path: Path): Spot => {
    let node = rootOf();
    let usedAt: number | undefined;
    for (const [index, step] of path.entries()) {
      const child = node.children.get(String(step));
      if (child === undefined) {
        const at = lines.positionOf(node.offset);
        return { value: at, key: at, usedAt: usedAt === undefined ? undefined : lines.positionOf(usedAt) };
      }
      node = child;
      // The key of an alias stands beside it.
      if (index < path.length - 1 || child.usedAt !== child.offset) usedAt ??= child.usedAt;
    }
    return {
      value: lines.positionOf(node.offset),
      key: lines.positionOf(node.keyOffset ?? node.offset),
      usedAt: usedAt === undefined ? undefined : lines.positionOf(usedAt),
    };
  };

  return {
    documents,
    repeated: (tree?.repetitions ?? []).map(({ key, offset, first }) => ({
      key,
      at: lines.positionOf(offset),
      first: lines.positionOf(first),
    })),
    lines,
    spotAt,
    valueAt: (path) => spotAt(path).value,
  };
};
