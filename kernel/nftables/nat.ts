// The source NAT of FULLNAT in the kernel: regent's own nftables tables, one in each family.

import { serially } from '../../base/serially.ts';
import { natFamilies, natRuleset, natTable, type SnatEntry } from './nat-rules.ts';
import { type NftablesPorts, openNftables, type TableOutcome } from './table.ts';

export type Nat = {
  /**
   * Makes the kernel's source NAT exactly these entries; without any, the table is removed. An idle call starts no program. Calls
   * wait for each other.
   * @throws with nft's message; the next call tries again
   */
  reconcile(entries: readonly SnatEntry[]): Promise<TableOutcome>;
};

/** Opens the tables `ip regent` and `ip6 regent` of this process's network namespace. */
export const openNat = (ports: NftablesPorts = {}): Nat => {
  const nftables = openNftables(ports);

  const reconcileAll = async (entries: readonly SnatEntry[]): Promise<TableOutcome> => {
    const outcomes: TableOutcome[] = [];
    try {
      for (const family of natFamilies)
        outcomes.push(await nftables.reconcile(family, natTable, natRuleset(family, entries)));
    } catch (error) {
      // A host without nft cannot have regent's table.
      if (entries.length === 0 && (error as NodeJS.ErrnoException).code === 'ENOENT') return 'unchanged';
      throw error;
    }
    return outcomes.includes('written') ? 'written' : outcomes.includes('removed') ? 'removed' : 'unchanged';
  };

  const inTurn = serially();
  return { reconcile: (entries) => inTurn(() => reconcileAll(entries)) };
};
