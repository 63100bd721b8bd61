// The effects of a new configuration on virtual routers, their groups, and tracked items. Pure.

import type { DirectorConfig, RouterConfig } from '../../config/model/model.ts';
import { compareRouters } from '../../config/model/router-changes.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { PlanLine } from '../plan-line.ts';
import { planGroups } from './groups.ts';
import { addressesOf, type Holder, planAddresses, planRouting } from './holdings.ts';
import type { Living } from './living.ts';
import { effectOfSettings } from './router-settings.ts';
import { planTracked } from './tracked.ts';
import { differences } from './words.ts';

/** Handovers are by name: a router may begin or cease to stand aside with its name. */
const planAside = (was: string, is: string, { isAside = () => false }: Living): string => {
  if (was === is || isAside(was) === isAside(is)) return '';
  return isAside(is)
    ? `; ${is} stands aside by command`
    : `; ${was} stands aside by command until then, because commands are by name`;
};

export const planRouters = (before: DirectorConfig, after: DirectorConfig, living: Living): PlanLine[] => {
  const { kept, changed, added, removed } = compareRouters(before.vrrp.routers, after.vrrp.routers);
  const statusOf = (router: RouterConfig) => living.routers.find(({ name }) => name === router.name);
  const continuing = [...kept.map((router) => ({ before: router, after: router })), ...changed].map((pair) => ({
    ...pair,
    now: statusOf(pair.before),
  }));
  const stateOf = (router: RouterConfig): string =>
    (before.vrrp.routers.includes(router) ? statusOf(router) : continuing.find((pair) => pair.after === router)?.now)
      ?.state ?? 'initialize';
  const cost = (address: IpAddress): number =>
    before.virtualServices
      .flatMap((service) => {
        const matches = service.matches.filter((match) => 'address' in match && match.address === address);
        const servers = matches.length === 0 ? [] : service.realServers;
        return servers.map((server) => living.connectionsOf({ ...service, matches }, server));
      })
      .reduce((sum, count) => sum + count, 0);
  return [
    ...changed.flatMap((pair): PlanLine[] => {
      const holder: Holder = {
        ...pair,
        oldRouters: before.vrrp.routers,
        newRouters: after.vrrp.routers,
        stateOf,
        cost,
      };
      const held = ['addresses', 'excluded', 'routes', 'rules'];
      const settings = differences(pair.before, pair.after, held).join(', ');
      const aside = planAside(pair.before.name, pair.after.name, living);
      const effect = aside === '' ? effectOfSettings(pair.before, pair.after, statusOf(pair.before)) : 'election';
      return [
        ...(settings === '' ? [] : [{ subject: `router ${pair.after.name}`, change: settings + aside, effect }]),
        ...planAddresses(holder),
        ...planRouting(holder),
      ];
    }),
    ...added.map(
      (router): PlanLine => ({
        subject: `router ${router.name}`,
        change: `is added on ${router.interface} with ${addressesOf(router).join(' ')}${living.isAside?.(router.name) ? `; ${router.name} stands aside by command` : ''}`,
        effect: 'election',
      }),
    ),
    ...removed.map((router): PlanLine => {
      const isMaster = stateOf(router) === 'master';
      return {
        subject: `router ${router.name}`,
        change: `is removed${isMaster ? ', and gives up mastership' : ''}`,
        effect: isMaster ? 'election' : 'hitless',
      };
    }),
    ...planGroups(before.vrrp, after.vrrp, continuing),
    ...planTracked(before, after),
  ];
};
