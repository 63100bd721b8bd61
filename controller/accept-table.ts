// Keeps packets to the addresses of routers with `accept: false` from this host, whichever of the directors is master.

import type { DirectorConfig } from '../config/model.ts';
import { heldAddresses } from '../config/virtual-addresses.ts';
import { acceptRuleset, acceptTable } from '../kernel/accept-rules.ts';
import { openNftables } from '../kernel/nftables-table.ts';
import type { Log } from './log.ts';

export type AcceptTable = {
  /** One turn; a refusal is logged and tried again by the next. */
  readonly reconcile: (config: DirectorConfig) => void;
  /** Removes the table. */
  readonly clear: () => Promise<void>;
};

/** The owner of addresses always answers on them (RFC 9568, section 6.1). */
const ownerPriority = 255;

/** The addresses on which nobody is answered. */
export const silentAddresses = ({ vrrp }: Pick<DirectorConfig, 'vrrp'>): string[] =>
  vrrp.routers
    .filter(({ accept, priority }) => !accept && priority !== ownerPriority)
    .flatMap((router) => heldAddresses(router).map(({ address }) => address));

/** The rules stand before an address comes, so that it is silent from its first moment. */
export const openAcceptTable = (log: Log): AcceptTable => {
  const nftables = openNftables();
  /** What was kept last; undefined before the first turn, which clears what a crash has left. */
  let kept: string | undefined;
  let refusal = '';
  let turn: Promise<void> = Promise.resolve();

  const keep = async (addresses: readonly string[]): Promise<void> => {
    const wanted = addresses.join(', ');
    // Without such routers nobody's table is of any interest.
    if (wanted === '' && kept === '') return;
    try {
      const outcome = await nftables.reconcile('inet', acceptTable, acceptRuleset(addresses));
      const isTampering = outcome === 'written' && kept === wanted;
      kept = wanted;
      refusal = '';
      if (outcome === 'unchanged') return;
      const what =
        wanted === '' ? 'packets to virtual addresses are answered again' : `packets to ${wanted} are dropped`;
      const why = isTampering ? ': somebody else changed it' : '';
      log(
        isTampering ? 'warn' : 'info',
        { process: 'director' },
        `the nftables table ${acceptTable} is ${outcome}${why}; ${what}`,
      );
    } catch (error) {
      // A host without nft has no table of ours either.
      if (wanted === '' && (error as NodeJS.ErrnoException).code === 'ENOENT') {
        kept = '';
        return;
      }
      const text = error instanceof Error ? error.message : String(error);
      if (text !== refusal) log('error', { process: 'director' }, `accept: false is not in force: ${text}`);
      refusal = text;
    }
  };
  const queue = (addresses: readonly string[]): Promise<void> => {
    turn = turn.then(() => keep(addresses));
    return turn;
  };

  return { reconcile: (config) => void queue(silentAddresses(config)), clear: () => queue([]) };
};
