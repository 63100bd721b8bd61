// The effects of a new configuration on anycast addresses: what is withdrawn, and which connections that costs. Pure.

import { isDeepStrictEqual } from 'node:util';
import type { AnnouncedConfig, AnycastConfig, DirectorConfig } from '../../config/model/model.ts';
import { isHashScheduler, type VirtualServiceConfig } from '../../config/model/service-model.ts';
import { heldAddresses } from '../../config/model/virtual-addresses.ts';
import { type Cidr, formatCidr } from '../../net/cidr.ts';
import { hitless, type PlanLine } from '../plan-line.ts';
import type { Living } from './living.ts';
import { planWithdrawal, withdrawalOf } from './withdrawal.ts';
import { differences } from './words.ts';

type Change = { readonly before: DirectorConfig; readonly after: DirectorConfig; readonly living: Living };
type Pair = { readonly was: AnnouncedConfig; readonly is: AnnouncedConfig };

const entriesOf = ({ anycast }: DirectorConfig): readonly AnnouncedConfig[] => anycast?.addresses ?? [];
const listed = (cidrs: readonly Cidr[]): string => cidrs.map(formatCidr).join(' ');
const holds = ({ addresses }: AnnouncedConfig, { address }: Cidr): boolean =>
  addresses.some((one) => one.address === address);
const ownerOf = (entries: readonly AnnouncedConfig[], cidr: Cidr): AnnouncedConfig | undefined =>
  entries.find((entry) => holds(entry, cidr));

/** Pairs entries of both configurations: by name, else by a shared address. */
const pairEntries = ({ before, after }: Change): readonly Pair[] => {
  const names = new Set(entriesOf(after).map(({ name }) => name));
  return entriesOf(after).flatMap((is): Pair[] => {
    const was =
      entriesOf(before).find(({ name }) => name === is.name) ??
      entriesOf(before).find((one) => !names.has(one.name) && is.addresses.some((cidr) => holds(one, cidr)));
    return was === undefined ? [] : [{ was, is }];
  });
};

/** What is withdrawn without a drain. */
const withdrawn = (change: string, { before, living }: Change, entry: AnnouncedConfig): PlanLine => {
  const addresses = entry.addresses.map(({ address }) => address);
  const { why, ...cost } = withdrawalOf(before, entry, addresses, living);
  return { subject: `anycast ${entry.name}`, change: `${change}${why === undefined ? '' : `; ${why}`}`, ...cost };
};

/** The daemon of a new interface may not announce what is on it, and until it does the addresses are withdrawn. */
const planPlace = (was: AnycastConfig, is: AnycastConfig, change: Change): PlanLine[] => {
  const text = `interface ${was.interface} -> ${is.interface}: withdrawn until the routing daemon announces what is on ${is.interface}`;
  const rest = differences(was, is, ['interface', 'addresses']).map((one) => hitless('anycast', one));
  return [
    ...(was.interface === is.interface ? [] : was.addresses.map((entry) => withdrawn(text, change, entry))),
    ...rest,
  ];
};

/** Without its services an entry is withdrawn; the last director's is kept while keep_last says so. */
const planServicesOf = ({ was, is }: Pair, change: Change): PlanLine[] => {
  const { living } = change;
  const gained = is.announceWhile.filter((name) => !was.announceWhile.includes(name) && living.isDown?.(name));
  const addresses = is.addresses.map(({ address }) => address);
  const isKept = is.keepLast && living.announcedElsewhere?.(addresses) === false;
  if (gained.length > 0 && !isKept) return [withdrawn(`is withdrawn: ${gained.join(', ')} has no quorum`, change, was)];
  const isLast = living.anycast?.some(({ name, last }) => name === was.name && last === true);
  return isLast && was.keepLast && !is.keepLast && is.announceWhile.length > 0
    ? [withdrawn('is withdrawn: its services have no quorum, and it is no longer kept', change, was)]
    : [];
};

const planSettings = ({ was, is }: Pair, change: Change): PlanLine[] => {
  const text = differences(was, is, ['name', 'addresses']).join(', ');
  const { isAside = () => false } = change.living;
  const aside =
    was.name === is.name || isAside(was.name) === isAside(is.name)
      ? ''
      : `; ${isAside(is.name) ? is.name : was.name} is handed over by command, and commands are by name`;
  return [
    ...(was.name === is.name ? [] : [hitless(`anycast ${is.name}`, `name ${was.name} -> ${is.name}${aside}`)]),
    ...(text === '' ? [] : [hitless(`anycast ${is.name}`, text)]),
    ...planServicesOf({ was, is }, change),
  ];
};

const planGained = (is: AnnouncedConfig, was: AnnouncedConfig | undefined, { before }: Change): PlanLine[] => {
  const subject = `anycast ${is.name}`;
  const gained = is.addresses.filter((cidr) => was === undefined || !holds(was, cidr));
  const fresh = gained.filter((cidr) => ownerOf(entriesOf(before), cidr) === undefined);
  const taken = gained.flatMap((cidr) => {
    const from = ownerOf(entriesOf(before), cidr);
    return from === undefined || from === was
      ? []
      : [hitless(subject, `takes ${formatCidr(cidr)} over from anycast ${from.name}`)];
  });
  const verb = was === undefined ? 'is added with' : 'gains';
  return [...(fresh.length === 0 ? [] : [hitless(subject, `${verb} ${listed(fresh)}`)]), ...taken];
};

/** An address that routers have from now on is no longer drained here: the master alone may answer for it. */
const planLost = (was: AnnouncedConfig, change: Change): PlanLine[] => {
  const { before, after, living } = change;
  const lost = was.addresses.filter((cidr) => ownerOf(entriesOf(after), cidr) === undefined);
  const routerOf = ({ address }: Cidr) =>
    after.vrrp.routers.find((router) => heldAddresses(router).some((held) => held.address === address));
  const gone = lost.filter((cidr) => routerOf(cidr) === undefined);
  const isWhole = gone.length === was.addresses.length;
  const prefix = isWhole ? 'is removed: it ' : `gives ${listed(gone)} up: it `;
  return [
    ...(gone.length === 0 ? [] : [planWithdrawal(before, was, gone, prefix, living)]),
    ...lost.flatMap((cidr): PlanLine[] => {
      const router = routerOf(cidr);
      if (router === undefined) return [];
      const text = `gives ${formatCidr(cidr)} up to router ${router.name}: withdrawn and released at once`;
      return [{ subject: `anycast ${was.name}`, change: text, effect: 'election' }];
    }),
  ];
};

/** All by which a hash chooses a server. */
const choiceOf = ({ scheduler, schedulerFlags, realServers }: VirtualServiceConfig): object => ({
  scheduler,
  schedulerFlags,
  servers: realServers.map(({ endpoint, weight }) => [endpoint, weight]),
});

/** Directors that choose otherwise than this one lose the connections that a router moves between them. */
const planChoices = ({ before, after }: Change): PlanLine[] => {
  const announced = new Map(
    entriesOf(after).flatMap((entry) =>
      entry.addresses
        .filter((cidr) => ownerOf(entriesOf(before), cidr) !== undefined)
        .map(({ address }) => [address, entry] as const),
    ),
  );
  return after.virtualServices.flatMap((is): PlanLine[] => {
    const entry = is.matches.flatMap((match) => ('address' in match && announced.get(match.address)) || [])[0];
    if (entry === undefined) return [];
    const was = before.virtualServices.find(({ name }) => name === is.name);
    if (was === undefined || !isHashScheduler(was.scheduler) || isDeepStrictEqual(choiceOf(was), choiceOf(is)))
      return [];
    const until = isHashScheduler(is.scheduler)
      ? 'until all directors choose servers of'
      : 'from now on each director chooses servers of';
    const rest = isHashScheduler(is.scheduler) ? ' in the same way' : ' by itself';
    const text = `${until} ${is.name}${rest}, connections that a router moves are lost`;
    return [{ subject: `anycast ${entry.name}`, change: text, effect: 'cuts' }];
  });
};

export const planAnycast = (before: DirectorConfig, after: DirectorConfig, living: Living): PlanLine[] => {
  if (before.anycast === after.anycast && before.virtualServices === after.virtualServices) return [];
  const change = { before, after, living };
  const pairs = pairEntries(change);
  const formerOf = (entry: AnnouncedConfig) => pairs.find(({ is }) => is === entry)?.was;
  return [
    ...(before.anycast && after.anycast ? planPlace(before.anycast, after.anycast, change) : []),
    ...pairs.flatMap((pair) => planSettings(pair, change)),
    ...entriesOf(after).flatMap((is) => planGained(is, formerOf(is), change)),
    ...entriesOf(before).flatMap((was) => planLost(was, change)),
    ...planChoices(change),
  ];
};
