// What one piece of work logs, taken together at its end: a write is a system call, and ten thousand verdicts come at once.

export type Gathered<Item> = {
  readonly add: (item: Item) => void;
  /** Takes now what has come, as the end of this piece of work would. */
  readonly flush: () => void;
};

/** @param take called before anything else runs, with all items since the last call */
export const gather = <Item>(take: (items: readonly Item[]) => void): Gathered<Item> => {
  let items: Item[] = [];
  const flush = (): void => {
    const all = items;
    items = [];
    if (all.length > 0) take(all);
  };
  return {
    add: (item) => {
      if (items.length === 0) queueMicrotask(flush);
      items.push(item);
    },
    flush,
  };
};
