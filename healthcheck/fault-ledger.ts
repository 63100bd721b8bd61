// Which targets this host cannot probe, and why: each reason is reported once when it appears, and once when it is gone. Pure
// data.

export type FaultChange = { readonly why: string; readonly targets: number };

export type FaultLedger = {
  readonly note: (target: string, why: string) => void;
  readonly clear: (target: string) => void;
  /** The reasons that are new since the last call, and with 0 targets those that are gone. */
  readonly takeChanges: () => FaultChange[];
  /** All current reasons, for a controller that knows none. */
  readonly takeAll: () => FaultChange[];
};

export const openFaultLedger = (): FaultLedger => {
  // Both bounded by the targets.
  const reasons = new Map<string, string>();
  let reported = new Set<string>();
  const count = (): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const why of reasons.values()) counts.set(why, (counts.get(why) ?? 0) + 1);
    return counts;
  };
  return {
    note: (target, why) => reasons.set(target, why),
    clear: (target) => reasons.delete(target),
    takeChanges: () => {
      if (reasons.size === 0 && reported.size === 0) return [];
      const counts = count();
      const before = reported;
      reported = new Set(counts.keys());
      return [
        ...[...counts].filter(([why]) => !before.has(why)).map(([why, targets]) => ({ why, targets })),
        ...[...before].filter((why) => !counts.has(why)).map((why) => ({ why, targets: 0 })),
      ];
    },
    takeAll: () => {
      const counts = count();
      const gone = [...reported].filter((why) => !counts.has(why));
      reported = new Set(counts.keys());
      return [...[...counts].map(([why, targets]) => ({ why, targets })), ...gone.map((why) => ({ why, targets: 0 }))];
    },
  };
};
