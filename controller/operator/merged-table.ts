// A table that directors merge: of each key the entry of the latest revision counts, whatever the order of merging. Pure.

export type Revised = {
  /**
   * Orders the entries of all directors: wall time in milliseconds, or the latest known revision plus one where the clock lags
   * behind. So entries of a director that has lost its state do not lose against older ones.
   */
  readonly revision: number;
};

export type TableRules<Entry extends Revised> = {
  readonly keyOf: (entry: Entry) => string;
  /** Decides between entries of one revision: the same on all directors. */
  readonly textOf: (entry: Entry) => string;
  /** Bounded, because entries come from peers too: those with a higher rank stay, of one rank the newest. */
  readonly most: number;
  readonly rankOf: (entry: Entry) => number;
};

export type MergedTable<Entry extends Revised> = {
  /** The revision of an entry that is made now. @param at wall time, milliseconds since the epoch */
  readonly nextRevision: (entries: ReadonlyMap<string, Entry>, at: number) => number;
  readonly put: (entries: ReadonlyMap<string, Entry>, entry: Entry) => ReadonlyMap<string, Entry>;
  /** Idempotent, and independent of order and grouping. */
  readonly merge: (own: ReadonlyMap<string, Entry>, others: Iterable<Entry>) => ReadonlyMap<string, Entry>;
  /** The entries of `after` that are not in `before`. */
  readonly newIn: (before: ReadonlyMap<string, Entry>, after: ReadonlyMap<string, Entry>) => Entry[];
};

export const mergedTable = <Entry extends Revised>(rules: TableRules<Entry>): MergedTable<Entry> => {
  const { keyOf, textOf, most, rankOf } = rules;
  const isLater = (a: Entry, b: Entry): boolean =>
    a.revision !== b.revision ? a.revision > b.revision : textOf(a) > textOf(b);
  const bound = (entries: ReadonlyMap<string, Entry>): ReadonlyMap<string, Entry> =>
    entries.size <= most
      ? entries
      : new Map([...entries].sort(([, a], [, b]) => rankOf(b) - rankOf(a) || b.revision - a.revision).slice(0, most));
  return {
    nextRevision: (entries, at) =>
      Math.max(at, Math.max(0, ...[...entries.values()].map(({ revision }) => revision)) + 1),
    put: (entries, entry) => bound(new Map(entries).set(keyOf(entry), entry)),
    merge: (own, others) => {
      const merged = new Map(own);
      for (const entry of others) {
        const known = merged.get(keyOf(entry));
        if (known === undefined || isLater(entry, known)) merged.set(keyOf(entry), entry);
      }
      return bound(merged);
    },
    newIn: (before, after) =>
      [...after.values()].filter((entry) => {
        const known = before.get(keyOf(entry));
        return known === undefined || isLater(entry, known);
      }),
  };
};

/** A whole number of milliseconds that a Date can hold, so that a later revision can follow it. */
export const isTime = (value: unknown): value is number =>
  Number.isInteger(value) && Math.abs(Number(value)) <= 8.64e15;
