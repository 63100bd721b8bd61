// The lines of each item of a block sequence, so that changed items can be read without the rest of the text. Pure.

import { EVENT_ID, type Event, type SequenceEvent } from 'js-yaml';
import type { WrittenServices } from '../model/model.ts';

export type ItemLines = WrittenServices['lines'];

/** Whether a node is more than its text: it has an anchor or a tag, or is an alias. */
const isLinked = (event: Event): boolean =>
  event.type === EVENT_ID.ALIAS ||
  ((event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.SCALAR) &&
    (event.anchorStart >= 0 || event.tagStart >= 0));

const lineOf = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

const opens = ({ type }: Event): boolean => type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE;

/** The index of the event after a node. */
const after = (events: readonly Event[], index: number): number => {
  let open = 0;
  for (let next = index; next < events.length; next++) {
    const event = events[next];
    if (event === undefined) break;
    if (opens(event)) open++;
    else if (event.type === EVENT_ID.POP) open--;
    if (open <= 0) return next + 1;
  }
  return events.length;
};

/** Undefined where an item does not begin in the line of its dash, or there is none. */
const itemsAt = (text: string, events: readonly Event[], index: number, end: number): ItemLines | undefined => {
  const { start } = events[index] as SequenceEvent;
  const column = start - lineOf(text, start);
  const indent = ' '.repeat(column);
  const starts: number[] = [];
  for (let next = index + 1; events[next]?.type !== EVENT_ID.POP; next = after(events, next)) {
    const item = events[next];
    if (item?.type !== EVENT_ID.MAPPING) return undefined;
    const line = lineOf(text, item.start);
    const lead = text.slice(line, item.start);
    if (!lead.startsWith(`${indent}-`) || lead.slice(column + 1).trim() !== '' || lead.includes('\t')) return undefined;
    starts.push(line);
  }
  return starts.length === 0 ? undefined : { column, starts, end };
};

/** Whether a text is one document, whose nodes are what is written there. `...` would end it before what follows. */
const isPlain = (events: readonly Event[]): boolean =>
  events.every((event, index) =>
    event.type === EVENT_ID.DOCUMENT ? index === 0 && !event.explicitEnd : !isLinked(event),
  );

/** The items of a text that is a block sequence; undefined where they cannot be told apart by their lines. */
export const itemLines = (text: string, events: readonly Event[]): ItemLines | undefined =>
  isPlain(events) && events[1]?.type === EVENT_ID.SEQUENCE ? itemsAt(text, events, 1, text.length) : undefined;

/** The items below a key of the document; undefined where they cannot be told apart by their lines. */
export const itemLinesBelow = (text: string, events: readonly Event[], key: string): ItemLines | undefined => {
  const root = events[1];
  if (!isPlain(events) || root?.type !== EVENT_ID.MAPPING || lineOf(text, root.start) !== root.start) return undefined;
  for (let index = 2; ; ) {
    const name = events[index];
    if (name?.type !== EVENT_ID.SCALAR) return undefined;
    const next = after(events, index + 1);
    if (text.slice(name.valueStart, name.valueEnd) !== key) {
      index = next;
      continue;
    }
    if (events[index + 1]?.type !== EVENT_ID.SEQUENCE) return undefined;
    const following = events[next];
    if (following?.type === EVENT_ID.POP) return itemsAt(text, events, index + 1, text.length);
    if (following?.type !== EVENT_ID.SCALAR || following.valueStart < 0) return undefined;
    return itemsAt(text, events, index + 1, lineOf(text, following.valueStart));
  }
};

/** Which items a new text changes, and their new lines. */
export type ChangedItems = {
  readonly first: number;
  readonly count: number;
  readonly text: string;
  /** The offset of their lines, in both texts. */
  readonly start: number;
  /** By how much what follows is moved. */
  readonly moved: number;
};

const commonStart = (a: string, b: string): number => {
  const most = Math.min(a.length, b.length);
  let count = 0;
  while (count < most && a.charCodeAt(count) === b.charCodeAt(count)) count++;
  return count;
};

const commonEnd = (a: string, b: string, most: number): number => {
  let count = 0;
  while (count < most && a.charCodeAt(a.length - 1 - count) === b.charCodeAt(b.length - 1 - count)) count++;
  return count;
};

/** The items that differ; undefined where something else does, too, or nothing. */
export const changedItems = (before: string, lines: ItemLines, after: string): ChangedItems | undefined => {
  const { column, starts, end } = lines;
  if (before === after) return undefined;
  const from = commonStart(before, after);
  const to = before.length - commonEnd(before, after, Math.min(before.length, after.length) - from);
  // Equal up to the dash of an item, the change may be a line before it.
  const first = starts.findLastIndex((start) => start + column + 1 < from);
  if (first < 0 || to > end) return undefined;
  const last = Math.max(
    first,
    starts.findLastIndex((start) => start < to),
  );
  const [start, stop] = [starts[first] ?? 0, starts[last + 1] ?? end];
  const moved = after.length - before.length;
  const stopAfter = stop + moved;
  // What follows begins a line of its own there, too.
  if (stop < before.length && after[stopAfter - 1] !== '\n') return undefined;
  return { first, count: last - first + 1, text: after.slice(start, stopAfter), start, moved };
};
