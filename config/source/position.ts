// Where each key and value of a YAML text stands, so that every complaint can name its place.

import { CORE_SCHEMA, constructFromEvents, EVENT_ID, type Event, getScalarValue, parseEvents } from 'js-yaml';

/** A place in a text, both counted from 1. */
export type Position = { readonly line: number; readonly column: number };

/** The keys and indices that lead from the document to a value. */
export type Path = readonly (string | number)[];

/** One entry of a mapping that repeats an earlier key. */
export type RepeatedKey = { readonly key: string; readonly at: Position; readonly first: Position };

export type Source = {
  /** The documents of the text; a later duplicate of a key has won. */
  readonly documents: readonly unknown[];
  readonly repeated: readonly RepeatedKey[];
  /** The value's position, or that of the nearest enclosing value which the text has. */
  readonly valueAt: (path: Path) => Position;
  /** The position of the key that ends the path, or the value's where there is no such key. */
  readonly keyAt: (path: Path) => Position;
  readonly has: (path: Path) => boolean;
};

type Child = { readonly keyOffset: number | undefined; readonly node: PlacedNode };
type PlacedNode = { readonly offset: number; readonly children: Map<string, Child> };
type Repetition = { readonly key: string; readonly offset: number; readonly first: number };
type Placed = { readonly roots: readonly PlacedNode[]; readonly repetitions: readonly Repetition[] };

/** Converts an offset to a position; CR LF, LF and CR each end a line. */
export const positionOf = (text: string, offset: number): Position => {
  const lines = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
};

const placeEvents = (text: string, events: readonly Event[]): Placed => {
  const anchors = new Map<string, PlacedNode>();
  const repetitions: Repetition[] = [];
  let next = 0;

  const readNode = (fallback: number): { node: PlacedNode; scalar?: string } => {
    const event = events[next++];
    const children = new Map<string, Child>();
    if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) {
      return { node: { offset: fallback, children } };
    }
    if (event.type === EVENT_ID.ALIAS) {
      const target = anchors.get(text.slice(event.anchorStart, event.anchorEnd));
      // The alias stands where it is used; what is inside it stands at its anchor.
      return { node: { offset: event.anchorStart - 1, children: target?.children ?? children } };
    }
    const start = event.type === EVENT_ID.SCALAR ? event.valueStart : event.start;
    const isQuoted = event.type === EVENT_ID.SCALAR && (event.style === 2 || event.style === 3);
    const node: PlacedNode = { offset: start < 0 ? fallback : start - (isQuoted ? 1 : 0), children };
    if (event.anchorStart >= 0) anchors.set(text.slice(event.anchorStart, event.anchorEnd), node);
    if (event.type === EVENT_ID.SCALAR) return { node, scalar: getScalarValue(text, event) };
    for (let index = 0; next < events.length && events[next]?.type !== EVENT_ID.POP; index++) {
      if (event.type === EVENT_ID.SEQUENCE) {
        children.set(String(index), { keyOffset: undefined, node: readNode(node.offset).node });
        continue;
      }
      const key = readNode(node.offset);
      const value = readNode(key.node.offset).node;
      if (key.scalar === undefined) continue;
      const first = children.get(key.scalar)?.keyOffset;
      if (first !== undefined) repetitions.push({ key: key.scalar, offset: key.node.offset, first });
      children.set(key.scalar, { keyOffset: key.node.offset, node: value });
    }
    next++;
    return { node };
  };

  const roots: PlacedNode[] = [];
  while (next < events.length) {
    const event = events[next++];
    if (event?.type !== EVENT_ID.DOCUMENT) continue;
    roots.push(readNode(0).node);
  }
  return { roots, repetitions };
};

/**
 * Parses a YAML text (1.2 core schema) and keeps the place of every key and value.
 * @throws YAMLException, with a mark where it knows one, when the text is no YAML.
 */
export const parseSource = (text: string): Source => {
  const events = parseEvents(text, {});
  const documents = constructFromEvents(events, { source: text, schema: CORE_SCHEMA, json: true });
  const { roots, repetitions } = placeEvents(text, events);
  const root = roots[0] ?? { offset: 0, children: new Map<string, Child>() };

  const follow = (path: Path): { node: PlacedNode; keyOffset: number | undefined; isWhole: boolean } => {
    let node = root;
    let keyOffset: number | undefined;
    for (const step of path) {
      const child = node.children.get(String(step));
      if (child === undefined) return { node, keyOffset: undefined, isWhole: false };
      ({ node, keyOffset } = child);
    }
    return { node, keyOffset, isWhole: true };
  };

  return {
    documents,
    repeated: repetitions.map(({ key, offset, first }) => ({
      key,
      at: positionOf(text, offset),
      first: positionOf(text, first),
    })),
    valueAt: (path) => positionOf(text, follow(path).node.offset),
    keyAt: (path) => {
      const { node, keyOffset } = follow(path);
      return positionOf(text, keyOffset ?? node.offset);
    },
    has: (path) => follow(path).isWhole,
  };
};
