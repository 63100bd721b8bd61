// The one comparison of the kernel's state with the desired state. Pure; every change of the kernel's state starts here.

/** One step from the actual to the desired table. */
export type Change<Entry> =
  | { readonly type: 'add'; readonly entry: Entry }
  | { readonly type: 'update'; readonly from: Entry; readonly entry: Entry }
  | { readonly type: 'remove'; readonly entry: Entry };

export type DiffRules<Entry> = {
  /** The identity of an entry, whatever its other fields. */
  readonly keyOf: (entry: Entry) => string;
  /** Whether the kernel's entry needs no change. */
  readonly isSame: (actual: Entry, desired: Entry) => boolean;
  /** Whether an entry that is not desired may be removed; foreign entries may not. */
  readonly isOurs: (entry: Entry) => boolean;
};

/**
 * Lists the changes that turn `actual` into `desired`: additions first, then updates, then removals, so that an entry is removed
 * only after its replacement stands. Entries that are neither desired nor ours are left alone.
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
