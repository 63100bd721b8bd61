// Keeps a table of regent's own in nftables that is about some of the virtual addresses.

import { messageOf } from '../../base/error.ts';
import { serially } from '../../base/serially.ts';
import { openNftables } from '../../kernel/nftables/table.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Log } from '../log/log.ts';

export type AddressRules = {
  /** One turn; a refusal is logged and tried again by the next. Without an address there is no table. */
  readonly keep: (addresses: readonly IpAddress[]) => Promise<void>;
};

export type AddressRulesOptions = {
  readonly table: string;
  /** What `nft -f -` takes to make the table anew. */
  readonly rulesetOf: (addresses: readonly IpAddress[]) => string;
  /** What is in force now, for people. */
  readonly describe: (addresses: readonly IpAddress[]) => string;
  /** What is not in force after a refusal, for people. */
  readonly refused: string;
  /** How much an operator wants to know of it. */
  readonly level: 'info' | 'debug';
  readonly log: Log;
};

export const openAddressRules = ({
  table,
  rulesetOf,
  describe,
  refused,
  level,
  log,
}: AddressRulesOptions): AddressRules => {
  const nftables = openNftables();
  const about = { process: 'director' } as const;
  /** What was kept last; undefined before the first turn, which clears what a crash has left. */
  let kept: string | undefined;
  let refusal = '';
  const inTurn = serially();

  const keep = async (addresses: readonly IpAddress[]): Promise<void> => {
    const wanted = addresses.join(', ');
    // Without such addresses nobody's table is of any interest.
    if (wanted === '' && kept === '') return;
    try {
      const outcome = await nftables.reconcile('inet', table, rulesetOf(addresses));
      const isTampering = outcome === 'written' && kept === wanted;
      kept = wanted;
      refusal = '';
      if (outcome === 'unchanged') return;
      const why = isTampering ? ': somebody else changed it' : '';
      log(
        isTampering ? 'warn' : level,
        about,
        `the nftables table ${table} is ${outcome}${why}; ${describe(addresses)}`,
      );
    } catch (error) {
      // A host without nft has no table of ours either.
      if (wanted === '' && (error as NodeJS.ErrnoException).code === 'ENOENT') {
        kept = '';
        return;
      }
      const text = messageOf(error);
      if (text !== refusal) log('error', about, `${refused}: ${text}`);
      refusal = text;
    }
  };

  return {
    keep: (addresses) => inTurn(() => keep(addresses)),
  };
};
