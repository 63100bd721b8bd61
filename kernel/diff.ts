// The one comparison of what the kernel holds with what it should hold. Pure; every change of the kernel's state starts here.

/** One step from the actual table to the desired one. */
export type Change<Entry> =
  | { readonly type: 'add'; readonly entry: Entry }
  | { readonly type: 'update'; readonly from: Entry; readonly entry: Entry }
  | { readonly type: 'remove'; readonly entry: Entry };

export type DiffRules<Entry> = {
  /** What makes two entries the same thing, whatever their other fields say. */
  readonly keyOf: (entry: Entry) => string;
  /** Whether the kernel's entry needs no change to be the desired one. */
  readonly isSame: (actual: Entry, desired: Entry) => boolean;
  /** Whether an entry that nobody desires may be removed; foreign ones may not. */
  readonly isOurs: (entry: Entry) => boolean;
};

/**
 * Lists the changes that turn `actual` into `desired`: additions first, then updates, then removals, so that nothing is
 * taken away before its replacement stands. Entries that are neither desired nor ours are left alone.
 */
export const diff = <Entry>(
  actual: readonly Entry[],
  desired: readonly Entry[],
  rules: DiffRules<Entry>,
): Change<Entry>[] => {
  const { keyOf, isSame, isOurs } = rules;
  const held = new Map(actual.map((entry) => [keyOf(entry), entry]));
  const wanted = new Set(desired.map(keyOf));
  const additions: Change<Entry>[] = [];
  const updates: Change<Entry>[] = [];
  for (const entry of desired) {
    const from = held.get(keyOf(entry));
    if (from === undefined) additions.push({ type: 'add', entry });
    else if (!isSame(from, entry)) updates.push({ type: 'update', from, entry });
  }
  const removals = actual
    .filter((entry) => !wanted.has(keyOf(entry)) && isOurs(entry))
    .map((entry): Change<Entry> => ({ type: 'remove', entry }));
  return [...additions, ...updates, ...removals];
};
