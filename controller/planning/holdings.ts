// The addresses, routes and rules that a master holds: what a new configuration adds to them and takes from them. Pure.

import type { RouterConfig, VirtualAddress } from '../../config/model/model.ts';
import { type HeldAddress, heldAddresses } from '../../config/model/virtual-addresses.ts';
import { addressKey, hasSameTraits } from '../../kernel/route/address-entry.ts';
import { describeRoute, routeKey } from '../../kernel/route/virtual-routes.ts';
import { describeRule, ruleKey } from '../../kernel/route/virtual-rules.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { type Effect, hitless, type PlanLine } from '../plan-line.ts';
import { isOfAnotherPair } from './router-settings.ts';
import { differences } from './words.ts';

const textOf = ({ address, prefixLength }: VirtualAddress): string => `${address}/${prefixLength}`;
const entryOf = (held: HeldAddress) => ({ ...held, lifetime: 'forever' as const });
const keyOf = (held: HeldAddress): string => addressKey(entryOf(held));
const keysOf = (router: RouterConfig): string[] => heldAddresses(router).map(keyOf);

export const addressesOf = (router: RouterConfig): string[] => heldAddresses(router).map(textOf);

/** A router under both configurations, and the others of each. */
export type Holder = {
  readonly before: RouterConfig;
  readonly after: RouterConfig;
  readonly oldRouters: readonly RouterConfig[];
  readonly newRouters: readonly RouterConfig[];
  /** The state in the election of a router of the old configuration, or of the one that a new one continues. */
  readonly stateOf: (router: RouterConfig) => string;
  /** Living connections through an address. */
  readonly cost: (address: IpAddress) => number;
};

const effectIf = (isMaster: boolean): Effect => (isMaster ? 'cuts' : 'hitless');

const planStaying = ({ before, after, stateOf }: Holder): PlanLine[] => {
  const subject = `router ${after.name}`;
  const isMaster = stateOf(before) === 'master';
  return heldAddresses(after).flatMap((held): PlanLine[] => {
    const was = heldAddresses(before).find((one) => textOf(one) === textOf(held));
    const change = was === undefined ? '' : differences(was, held).join(', ');
    if (was === undefined || change === '') return [];
    // The kernel can change neither: the address is added there and removed here, or removed and added again.
    const moves = keyOf(was) !== keyOf(held) || !hasSameTraits(entryOf(was), entryOf(held));
    return [{ subject, change: `${textOf(held)}: ${change}`, effect: effectIf(isMaster && moves) }];
  });
};

const planGained = ({ before, after, oldRouters, stateOf }: Holder): PlanLine[] => {
  const subject = `router ${after.name}`;
  const old = addressesOf(before);
  return heldAddresses(after)
    .filter((held) => !old.includes(textOf(held)))
    .map((held): PlanLine => {
      const from = oldRouters.find((router) => addressesOf(router).includes(textOf(held)));
      if (from === undefined) return hitless(subject, `gains ${textOf(held)}`);
      const stays = keysOf(from).includes(keyOf(held));
      return {
        subject,
        change: `takes ${textOf(held)} over from router ${from.name}`,
        effect: stateOf(from) === stateOf(before) ? effectIf(stateOf(from) === 'master' && !stays) : 'election',
      };
    });
};

const planLost = ({ before, after, oldRouters, newRouters, stateOf, cost }: Holder): PlanLine[] => {
  const subject = `router ${after.name}`;
  const next = addressesOf(after);
  const isMaster = stateOf(before) === 'master';
  return heldAddresses(before)
    .filter((held) => !next.includes(textOf(held)))
    .flatMap((held): PlanLine[] => {
      const text = textOf(held);
      const owners = newRouters.filter((router) => addressesOf(router).includes(text));
      const had = oldRouters.filter((router) => addressesOf(router).includes(text)).map(({ name }) => name);
      // A router that has it from now on says so itself.
      if (owners.some(({ name }) => !had.includes(name))) return [];
      const stays = owners.some((router) => stateOf(router) === 'master' && keysOf(router).includes(keyOf(held)));
      if (!isMaster || stays) return [hitless(subject, `gives ${text} up`)];
      // Traffic outside of services is not counted: a name server of this host, a route through the address.
      const connections = cost(held.address);
      return [{ subject, change: `gives ${text} up`, effect: 'cuts', ...(connections > 0 && { connections }) }];
    });
};

/** What is advertised, of all that is held before and after. */
const planAdvertised = ({ before, after }: Holder): PlanLine[] => {
  const subject = `router ${after.name}`;
  const [old, next] = [before, after].map(({ addresses }) => addresses.map(textOf));
  const [wasExcluded, isExcluded] = [before, after].map(({ excluded }) => excluded.map(textOf));
  const moved = [
    ...(isExcluded ?? []).filter((text) => old?.includes(text)).map((text) => `advertises ${text} no longer`),
    ...(next ?? []).filter((text) => wasExcluded?.includes(text)).map((text) => `advertises ${text}`),
  ].map((change) => hitless(subject, change));
  if (!isOfAnotherPair(before, after)) return moved;
  const change = 'advertises none of its former addresses: peers that have those may ignore it';
  return [...moved, { subject, change, effect: 'election' }];
};

export const planAddresses = (holder: Holder): PlanLine[] => [
  ...planStaying(holder),
  ...planGained(holder),
  ...planLost(holder),
  ...planAdvertised(holder),
];

/** Routes or rules: those of one key are replaced in place. */
const planPaths = <Entry>(
  { before, after, newRouters, stateOf }: Holder,
  kind: 'route' | 'rule',
  of: (router: RouterConfig) => readonly Entry[],
  keyFor: (entry: Entry) => string,
  describe: (entry: Entry) => string,
): PlanLine[] => {
  const subject = `router ${after.name}`;
  const [old, next] = [before, after].map((router) => new Map(of(router).map((entry) => [keyFor(entry), entry])));
  const isMaster = stateOf(before) === 'master';
  const isHeld = (key: string): boolean =>
    newRouters.some((router) => stateOf(router) === 'master' && of(router).some((entry) => keyFor(entry) === key));
  return [
    ...[...(next ?? [])].flatMap(([key, entry]) => {
      const was = old?.get(key);
      if (was === undefined) return [hitless(subject, `gains ${kind} ${describe(entry)}`)];
      const change = differences(was as object, entry as object).join(', ');
      return change === '' ? [] : [hitless(subject, `${kind} ${describe(was)}: ${change}`)];
    }),
    ...[...(old ?? [])].flatMap(([key, entry]): PlanLine[] =>
      next?.has(key)
        ? []
        : [
            {
              subject,
              change: `gives ${kind} ${describe(entry)} up`,
              effect: effectIf(isMaster && !isHeld(key)),
            },
          ],
    ),
  ];
};

export const planRouting = (holder: Holder): PlanLine[] => [
  ...planPaths(holder, 'route', ({ routes }) => routes, routeKey, describeRoute),
  ...planPaths(holder, 'rule', ({ rules }) => rules, ruleKey, describeRule),
];
