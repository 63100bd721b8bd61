// Keeps an nftables table of regent's own with rules for some of the virtual addresses.

import { messageOf } from '../../base/error.ts';
import { serially } from '../../base/serially.ts';
import { openNftables } from '../../kernel/nftables/table.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Log } from '../log/log.ts';

export type AddressRules = {
  /** One turn; a refusal is logged, and the next turn tries again. Without addresses there is no table. */
  readonly keep: (addresses: readonly IpAddress[]) => Promise<void>;
};

export type AddressRulesOptions = {
  readonly table: string;
  /** The input of `nft -f -` that writes the whole table. */
  readonly rulesetOf: (addresses: readonly IpAddress[]) => string;
  /** Log text: what is in force now. */
  readonly describe: (addresses: readonly IpAddress[]) => string;
  /** Log text: what is not in force after a refusal. */
  readonly refused: string;
  /** The log level of its changes. */
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
  /** The last addresses kept; undefined before the first turn, which clears what a crash has left. */
  let kept: string | undefined;
  let refusal = '';
  const inTurn = serially();

  const keep = async (addresses: readonly IpAddress[]): Promise<void> => {
    const wanted = addresses.join(', ');
    // Without such addresses the table does not matter.
    if (wanted === '' && kept === '') return;
    try {
      const outcome = await nftables.reconcile('inet', table, rulesetOf(addresses));
      const isTampering = outcome === 'written' && kept === wanted;
      kept = wanted;
      refusal = '';
      if (outcome === 'unchanged') return;
      const text = `the nftables table ${table} is ${outcome}`;
      const follows = describe(addresses);
      if (isTampering)
        log('warn', { ...about, event: 'nftables-tampering' }, `${text}: another program had changed it; ${follows}`);
      else log(level, { ...about, event: 'nftables-changed' }, `${text}; ${follows}`);
    } catch (error) {
      // A host without nft cannot have regent's table.
      if (wanted === '' && (error as NodeJS.ErrnoException).code === 'ENOENT') {
        kept = '';
        return;
      }
      const text = messageOf(error);
      if (text !== refusal)
        log('error', { ...about, event: 'nftables-refused' }, `${refused}: ${text}; it is tried again`);
      refusal = text;
    }
  };

  return {
    keep: (addresses) => inTurn(() => keep(addresses)),
  };
};
