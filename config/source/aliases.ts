// Bounds the size that aliases in a YAML text may expand to, before any value is made. Pure.

import { type AliasEvent, EVENT_ID, type Event } from 'js-yaml';

/** Why and where a text is not a document. */
export class Unreadable extends Error {
  readonly offset: number;
  /** The offset of the place that it clashes with. */
  readonly other: number | undefined;
  constructor(message: string, offset: number, other?: number) {
    super(message);
    this.offset = offset;
    this.other = other;
  }
}

/** Aliases may expand a document to this multiple of its text, and never beyond the largest file. */
const mostGrowth = 100;
export const mostCharacters = 64 * 2 ** 20;
/** The depth that the parser allows for written nesting. */
const mostLevels = 100;

/** An open collection, or the document. */
type Open = {
  readonly anchor: Anchored | undefined;
  readonly before: number;
  levels: number;
};

type Anchored = {
  readonly offset: number;
  isComplete: boolean;
  /** Its size in characters with all aliases expanded. */
  size: number;
  levels: number;
};

/** @throws Unreadable at the first alias that is undefined, recursive, or makes the document too large or too deep. */
export const boundAliases = (text: string, events: readonly Event[]): void => {
  const limit = Math.min(mostCharacters, mostGrowth * text.length);
  let anchors = new Map<string, Anchored>();
  /** Size of the document so far, aliases expanded. */
  let written = 0;
  const open: Open[] = [];

  const anchorOf = (event: { anchorStart: number; anchorEnd: number }): Anchored | undefined => {
    if (event.anchorStart < 0) return undefined;
    const anchored = { offset: event.anchorStart - 1, isComplete: false, size: 0, levels: 1 };
    anchors.set(text.slice(event.anchorStart, event.anchorEnd), anchored);
    return anchored;
  };
  const reach = (levels: number): void => {
    const last = open.at(-1);
    if (last !== undefined) last.levels = Math.max(last.levels, 1 + levels);
  };

  const follow = ({ anchorStart, anchorEnd }: AliasEvent): void => {
    const name = text.slice(anchorStart, anchorEnd);
    const offset = anchorStart - 1;
    const target = anchors.get(name);
    if (target === undefined) throw new Unreadable(`unidentified alias "${name}"`, anchorStart);
    if (!target.isComplete) throw new Unreadable(`*${name} stands inside its own anchor`, offset, target.offset);
    written += target.size;
    if (written > limit) {
      const bound = limit === mostCharacters ? '64 MiB' : `${mostGrowth} times the file`;
      throw new Unreadable(`with *${name} written out the document is larger than ${bound}`, offset);
    }
    if (open.length + target.levels > mostLevels)
      throw new Unreadable(
        `with *${name} written out, values are nested more than ${mostLevels} levels deep`,
        offset,
        target.offset,
      );
    reach(target.levels);
  };

  for (const event of events) {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        anchors = new Map();
        open.push({ anchor: undefined, before: written, levels: 0 });
        break;
      case EVENT_ID.MAPPING:
      case EVENT_ID.SEQUENCE:
        open.push({ anchor: anchorOf(event), before: written, levels: 1 });
        written += 2;
        break;
      case EVENT_ID.SCALAR: {
        const size = event.valueEnd - event.valueStart + 2;
        const anchored = anchorOf(event);
        if (anchored !== undefined) Object.assign(anchored, { isComplete: true, size });
        written += size;
        reach(1);
        break;
      }
      case EVENT_ID.ALIAS:
        follow(event);
        break;
      default: {
        const closed = open.pop();
        if (closed?.anchor !== undefined)
          Object.assign(closed.anchor, { isComplete: true, size: written - closed.before, levels: closed.levels });
        if (closed !== undefined) reach(closed.levels);
      }
    }
  }
};
