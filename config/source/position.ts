// The place of each key and value of a YAML text, so that every complaint can name it.

import { CORE_SCHEMA, constructFromEvents, type Event, mergeTag, parseEvents, YAMLException } from 'js-yaml';
import type { KeyPath } from '../schema/kind.ts';
import { boundAliases } from './aliases.ts';
import { type ItemLines, itemLinesBelow } from './item-lines.ts';
import { indexLines, type Lines, type Position } from './lines.ts';
import { buildTree, type Tree, type TreeNode } from './tree.ts';

/** A mapping entry that repeats an earlier key. */
export type RepeatedKey = { readonly key: string; readonly at: Position; readonly first: Position };

/** The place of a path in a text. */
export type Spot = {
  /** Of the value, or of its nearest enclosing value in the text. */
  readonly value: Position;
  /** Of the last key of the path, or of the value if there is no such key. */
  readonly key: Position;
  /** The first alias or merge on the path; undefined if there is none. */
  readonly usedAt: Position | undefined;
  /** The key of the document below which the value is written. */
  readonly below: string | undefined;
};

export type Source = {
  /** The documents of the text; the last duplicate of a key wins. */
  readonly documents: readonly unknown[];
  readonly repeated: readonly RepeatedKey[];
  readonly lines: Lines;
  /** Of the virtual services; undefined where they cannot be told apart by their lines. */
  readonly serviceLines: ItemLines | undefined;
  readonly spotAt: (path: KeyPath) => Spot;
  /** The position of the value, or of its nearest enclosing value in the text. */
  readonly valueAt: (path: KeyPath) => Position;
};

const schema = CORE_SCHEMA.withTags(mergeTag);

/** @param json whether a repeated key wins, or is refused @throws YAMLException */
const construct = (source: string, events: Event[], json: boolean): unknown[] =>
  constructFromEvents(events, { source, schema, json, maxTotalMergeKeys: -1 });

/** The documents of events without aliases. @throws YAMLException also for a repeated key */
export const valuesIn = (text: string, events: Event[]): unknown[] => construct(text, events, false);

type Values = {
  readonly documents: unknown[];
  readonly tree: Tree | undefined;
  readonly serviceLines: ItemLines | undefined;
};

/** Skips the tree if no place is needed: a large valid configuration is parsed in half the time. */
const valuesOf = (text: string): Values => {
  const events = parseEvents(text, {});
  boundAliases(text, events);
  try {
    return {
      documents: construct(text, events, false),
      tree: undefined,
      serviceLines: itemLinesBelow(text, events, 'virtual_services'),
    };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    // A merge or a repeated key: the tree names its place better.
    const tree = buildTree(text, events);
    return { documents: construct(text, events, true), tree, serviceLines: undefined };
  }
};

/**
 * Parses a YAML text (1.2 core schema, and the merge key of YAML 1.1) with the place of every key and value.
 * @throws YAMLException, with a mark if known, for invalid YAML.
 * @throws Unreadable for aliases that are undefined or expand too far.
 */
export const parseSource = (text: string): Source => {
  const { documents, tree, serviceLines } = valuesOf(text);
  let known = tree;
  const rootOf = (): TreeNode => {
    known ??= buildTree(text, parseEvents(text, {}));
    return known.roots[0] ?? { offset: 0, children: new Map() };
  };
  const lines = indexLines(text);

  /** The last key of the document before an offset. */
  const keyBefore = (offset: number): string | undefined => {
    const before = [...rootOf().children].filter(([, { keyOffset = 0 }]) => keyOffset <= offset);
    return before.sort(([, a], [, b]) => (a.keyOffset ?? 0) - (b.keyOffset ?? 0)).at(-1)?.[0];
  };

  const spotAt = (path: KeyPath): Spot => {
    let node = rootOf();
    let usedAt: number | undefined;
    for (const [index, step] of path.entries()) {
      const child = node.children.get(String(step));
      if (child === undefined) {
        const at = lines.positionOf(node.offset);
        return {
          value: at,
          key: at,
          usedAt: usedAt === undefined ? undefined : lines.positionOf(usedAt),
          below: keyBefore(node.offset),
        };
      }
      node = child;
      // The key of an alias stands beside the alias.
      if (index < path.length - 1 || child.usedAt !== child.offset) usedAt ??= child.usedAt;
    }
    return {
      value: lines.positionOf(node.offset),
      key: lines.positionOf(node.keyOffset ?? node.offset),
      usedAt: usedAt === undefined ? undefined : lines.positionOf(usedAt),
      below: keyBefore(node.offset),
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
    serviceLines,
    spotAt,
    valueAt: (path) => spotAt(path).value,
  };
};
