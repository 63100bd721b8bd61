// A YAML text as a tree with the place of every key and value, aliases followed and merges (`<<`) done. Pure.

import { EVENT_ID, type Event, getScalarValue, type MappingEvent, SCALAR_STYLE, type SequenceEvent } from 'js-yaml';
import { Unreadable } from './aliases.ts';

/** A value and its place. Aliases share the node at the anchor, with its children. */
export type TreeNode = {
  readonly offset: number;
  readonly children: ReadonlyMap<string, TreeNode>;
  /** The place of its key; absent in a list. */
  readonly keyOffset?: number | undefined;
  /** The place that uses text from elsewhere: the alias, or the alias of the `<<` that brought the key here. */
  readonly usedAt?: number | undefined;
};

/** A mapping entry that repeats an earlier key. */
export type Repetition = { readonly key: string; readonly offset: number; readonly first: number };

export type Tree = { readonly roots: readonly TreeNode[]; readonly repetitions: readonly Repetition[] };

type Built = TreeNode & {
  readonly kind: 'mapping' | 'list' | 'scalar';
  readonly scalar?: string;
  readonly isMergeKey?: boolean;
  /** Items of a list. */
  readonly items?: readonly Built[];
};

/** Reads the next node; `fallback` is the place of one without text. */
type ReadNode = (fallback: number) => Built;

const mergeTags = new Set(['!!merge', '!<tag:yaml.org,2002:merge>']);
const none: ReadonlyMap<string, TreeNode> = new Map();

/**
 * @param events of a text whose aliases are within bounds
 * @throws Unreadable if a merge is impossible
 */
export const buildTree = (text: string, events: readonly Event[]): Tree => {
  const repetitions: Repetition[] = [];
  let anchors = new Map<string, Built>();
  let next = 0;

  const anchor = ({ anchorStart, anchorEnd }: { anchorStart: number; anchorEnd: number }, built: Built): Built => {
    if (anchorStart >= 0) anchors.set(text.slice(anchorStart, anchorEnd), built);
    return built;
  };

  /** Adds the keys of a merge's source to a mapping; existing keys win. */
  const merge = (children: Map<string, TreeNode>, source: Built, merged: Set<string>): void => {
    if (source.kind !== 'mapping')
      throw new Unreadable('<< takes a mapping, such as *name, or a list of mappings', source.offset);
    for (const [key, child] of source.children) {
      if (children.has(key)) continue;
      children.set(key, { ...child, usedAt: source.usedAt ?? child.usedAt });
      merged.add(key);
    }
  };

  const readMapping = (event: MappingEvent, fallback: number, readNode: ReadNode): Built => {
    const offset = event.start < 0 ? fallback : event.start;
    const children = new Map<string, TreeNode>();
    const built = anchor(event, { offset, children, kind: 'mapping' });
    const merged = new Set<string>();
    while (next < events.length && events[next]?.type !== EVENT_ID.POP) {
      const key = readNode(offset);
      const value = readNode(key.offset);
      if (key.isMergeKey) {
        for (const source of value.items ?? [value]) merge(children, source, merged);
      } else if (key.scalar !== undefined) {
        const first = merged.delete(key.scalar) ? undefined : children.get(key.scalar)?.keyOffset;
        if (first !== undefined) repetitions.push({ key: key.scalar, offset: key.offset, first });
        const { offset: at, children: inner, usedAt } = value;
        children.set(key.scalar, { offset: at, children: inner, keyOffset: key.offset, usedAt });
      }
    }
    next++;
    return built;
  };

  const readList = (event: SequenceEvent, fallback: number, readNode: ReadNode): Built => {
    const offset = event.start < 0 ? fallback : event.start;
    const children = new Map<string, TreeNode>();
    const items: Built[] = [];
    const built = anchor(event, { offset, children, kind: 'list', items });
    while (next < events.length && events[next]?.type !== EVENT_ID.POP) {
      const item = readNode(offset);
      children.set(String(items.length), item);
      items.push(item);
    }
    next++;
    return built;
  };

  const readNode: ReadNode = (fallback) => {
    const event = events[next++];
    if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT)
      return { offset: fallback, children: none, kind: 'scalar' };
    if (event.type === EVENT_ID.ALIAS) {
      const offset = event.anchorStart - 1;
      const target = anchors.get(text.slice(event.anchorStart, event.anchorEnd));
      // An alias stands where it is used; its content stands at the anchor, and is used by the alias.
      if (target === undefined) return { offset, children: none, kind: 'scalar' };
      return { ...target, offset, usedAt: offset, isMergeKey: false };
    }
    if (event.type === EVENT_ID.MAPPING) return readMapping(event, fallback, readNode);
    if (event.type === EVENT_ID.SEQUENCE) return readList(event, fallback, readNode);
    const { valueStart, style } = event;
    const isQuoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
    const offset = valueStart < 0 ? fallback : valueStart - (isQuoted ? 1 : 0);
    const scalar = getScalarValue(text, event);
    const tag = event.tagStart < 0 ? '' : text.slice(event.tagStart, event.tagEnd);
    const isMergeKey = tag === '' ? style === SCALAR_STYLE.PLAIN && scalar === '<<' : mergeTags.has(tag);
    return anchor(event, { offset, children: none, kind: 'scalar', scalar, isMergeKey });
  };

  const roots: TreeNode[] = [];
  while (next < events.length) {
    if (events[next++]?.type !== EVENT_ID.DOCUMENT) continue;
    anchors = new Map();
    roots.push(readNode(0));
  }
  return { roots, repetitions };
};
