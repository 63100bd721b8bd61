// Keeps the source NAT of services with `snat` true.

import { messageOf } from '../../base/error.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import { heldAddresses } from '../../config/model/virtual-addresses.ts';
import { openNat } from '../../kernel/nftables/nat.ts';
import { planSnat, type SnatPlan } from '../../kernel/nftables/nat-rules.ts';
import { openAddressTable } from '../../kernel/route/addresses.ts';
import type { Log } from '../log/log.ts';

export type NatTable = {
  readonly reconcile: (config: DirectorConfig) => void;
  readonly clear: () => Promise<void>;
};

export const openNatTable = (log: Log, complain: (about: string, text: string) => void): NatTable => {
  const nat = openNat();
  const addresses = openAddressTable();
  let wanted = '';
  let unreachable = '';

  const planOf = ({ vrrp, virtualServices }: DirectorConfig): SnatPlan => {
    const services = virtualServices.filter(({ snat }) => snat);
    if (services.length === 0) return { entries: [], unreachable: [] };
    const virtual = new Set(vrrp.routers.flatMap((router) => heldAddresses(router).map(({ address }) => address)));
    const own = addresses.list();
    const plans = services.flatMap(({ protocol, matches, realServers, sorryServer }) => {
      const servers = [...realServers, ...(sorryServer === undefined ? [] : [sorryServer])];
      const targets = servers.map(({ endpoint }) => endpoint.address);
      return matches.flatMap((match) =>
        'firewallMark' in match ? [] : [planSnat({ protocol, ...match }, targets, own, virtual)],
      );
    });
    return {
      entries: plans.flatMap((plan) => plan.entries),
      unreachable: [...new Set(plans.flatMap((plan) => plan.unreachable))],
    };
  };

  const keep = async (plan: SnatPlan): Promise<void> => {
    const before = wanted;
    wanted = JSON.stringify(plan.entries);
    if (plan.unreachable.join() !== unreachable) {
      unreachable = plan.unreachable.join();
      const servers = plan.unreachable.join(', ');
      if (servers !== '')
        log(
          'warn',
          { process: 'ipvs', event: 'snat-unreachable' },
          `snat cannot bring replies back from ${servers}: no address of this host is in their network`,
        );
    }
    const outcome = await nat.reconcile(plan.entries);
    if (outcome === 'unchanged') return;
    const isTampering = before === wanted;
    const text = `the nftables table regent is ${outcome}`;
    if (isTampering)
      log('warn', { process: 'ipvs', event: 'nftables-tampering' }, `${text}: another program had changed it`);
    else log('info', { process: 'ipvs', event: 'nftables-changed' }, text);
  };

  const run = async (plan: () => SnatPlan): Promise<void> => {
    try {
      await keep(plan());
      complain('nat', '');
    } catch (error) {
      complain('nat', messageOf(error));
    }
  };

  return {
    reconcile: (config) => void run(() => planOf(config)),
    clear: () => run(() => ({ entries: [], unreachable: [] })),
  };
};
