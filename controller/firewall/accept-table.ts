// Drops packets to the addresses of routers with `accept: false` on this host, on masters and backups alike.

import type { DirectorConfig } from '../../config/model/model.ts';
import { heldAddresses, ownsAddresses } from '../../config/model/virtual-addresses.ts';
import { acceptRuleset, acceptTable } from '../../kernel/nftables/accept-rules.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { Log } from '../log/log.ts';
import { openAddressRules } from './address-rules.ts';

export type AcceptTable = {
  /** One turn; a refusal is logged, and the next turn tries again. */
  readonly reconcile: (config: DirectorConfig) => void;
  readonly clear: () => Promise<void>;
};

/** The addresses of routers with `accept: false`. */
export const silentAddresses = ({ vrrp }: Pick<DirectorConfig, 'vrrp'>): IpAddress[] =>
  vrrp.routers
    .filter((router) => !router.accept && !ownsAddresses(router))
    .flatMap((router) => heldAddresses(router).map(({ address }) => address));

/** The rules stand before an address is added, so that it is silent from the start. */
export const openAcceptTable = (log: Log): AcceptTable => {
  const rules = openAddressRules({
    table: acceptTable,
    rulesetOf: acceptRuleset,
    describe: (addresses) =>
      addresses.length === 0
        ? 'packets to virtual addresses are accepted again'
        : `packets to ${addresses.join(', ')} are dropped`,
    refused: 'accept: false is not in force',
    level: 'info',
    log,
  });
  return { reconcile: (config) => void rules.keep(silentAddresses(config)), clear: () => rules.keep([]) };
};
