// The routes and rules that this host has for its routers: added after the addresses, removed before them, restored if removed.

import { messageOf } from '../../base/error.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import { type Change, type DiffRules, diff } from '../../kernel/diff.ts';
import { describeRoute, isSameRoute, type RouteEntry, routeKey } from '../../kernel/route/virtual-routes.ts';
import { describeRule, type RuleEntry, ruleKey } from '../../kernel/route/virtual-rules.ts';
import { holdsAddresses } from '../election/router-state.ts';
import type { VrrpEventBody } from '../events.ts';
import type { PathTable, Ports } from '../ports.ts';
import type { Missing } from './addresses.ts';
import type { Standing } from './desired.ts';
import { createKernelRefusals } from './refusals.ts';

/** What the shared code needs to know of routes or rules. */
type Kind<Entry> = {
  readonly name: 'route' | 'rule';
  readonly of: (config: RouterConfig) => readonly Entry[];
  readonly keyOf: (entry: Entry) => string;
  readonly isSame: (actual: Entry, wanted: Entry) => boolean;
  readonly describe: (entry: Entry) => string;
};

const routeKind: Kind<RouteEntry> = {
  name: 'route',
  of: ({ routes }) => routes,
  keyOf: routeKey,
  isSame: isSameRoute,
  describe: describeRoute,
};
const ruleKind: Kind<RuleEntry> = {
  name: 'rule',
  of: ({ rules }) => rules,
  keyOf: ruleKey,
  isSame: () => true,
  describe: describeRule,
};

/** The keys of all routes and rules of a configuration, to remember which are ours. */
export const routingKeys = (routers: readonly RouterConfig[]): string[] =>
  routers.flatMap((config) => [...config.routes.map(routeKey), ...config.rules.map(ruleKey)]);

/** The entries that the states require. */
const desiredOf = <Entry>(kind: Kind<Entry>, standings: readonly Standing[]): Entry[] =>
  standings.filter(({ state }) => holdsAddresses(state)).flatMap(({ config }) => [...kind.of(config)]);

export const desiredRoutes = (standings: readonly Standing[]): RouteEntry[] => desiredOf(routeKind, standings);
export const desiredRules = (standings: readonly Standing[]): RuleEntry[] => desiredOf(ruleKind, standings);

/** Our entries are marked, and named by this configuration or an earlier one; the table lists marked entries only. */
const rulesOf = <Entry>(
  { of, keyOf, isSame }: Kind<Entry>,
  standings: readonly Standing[],
  remembered: ReadonlySet<string>,
): DiffRules<Entry> => {
  const named = new Set(standings.flatMap(({ config }) => of(config).map(keyOf)));
  const isOurs = (entry: Entry): boolean => named.has(keyOf(entry)) || remembered.has(keyOf(entry));
  return { keyOf, isSame, isOurs };
};

export type RoutingOccasion = 'transition' | 'repair' | 'start';

export type Routing = {
  /** Retries what the kernel refused. */
  readonly retry: () => void;
  /** A router's entries that the kernel refused. */
  readonly missingOf: (standing: Standing) => readonly Missing[];
  /** Removes entries that the states no longer require: before the addresses go. */
  readonly shed: (standings: readonly Standing[], occasion: RoutingOccasion) => void;
  /** Adds entries that they require: once the addresses are there. */
  readonly raise: (standings: readonly Standing[], occasion: RoutingOccasion) => void;
};

type PathsOptions = {
  readonly routers: readonly RouterConfig[];
  readonly ports: Pick<Ports, 'routes' | 'rules' | 'remembered'>;
  readonly emit: (event: VrrpEventBody) => void;
};

export const createRouting = ({ routers, ports, emit }: PathsOptions): Routing => {
  let standings: readonly Standing[] = [];
  const refusals = createKernelRefusals(emit);

  const change = <Entry>(
    kind: Kind<Entry>,
    table: PathTable<Entry>,
    occasion: RoutingOccasion,
    isWanted: (change: Change<Entry>) => boolean,
  ): void => {
    const prefix = `${kind.name} `;
    const remembered = ports.remembered();
    const isIdle = routers.every((router) => kind.of(router).length === 0);
    if (isIdle && ![...remembered].some((key) => key.startsWith(prefix))) return;
    const ownerOf = (entry: Entry): string =>
      routers.find((router) => kind.of(router).some((own) => kind.keyOf(own) === kind.keyOf(entry)))?.name ?? '';
    try {
      const rules = rulesOf(kind, standings, remembered);
      const changes = diff(table.list(), desiredOf(kind, standings), rules).filter(isWanted);
      for (const { change: done, error } of table.apply(changes)) {
        const key = kind.keyOf(done.entry);
        const router = ownerOf(done.entry);
        if (error !== undefined) {
          refusals.refused(key, router, error.message);
          continue;
        }
        const wasRefused = refusals.taken(key);
        const isRemoval = done.type === 'remove';
        const restored = occasion === 'repair' && done.type === 'add' && !wasRefused;
        emit({
          type: 'routing',
          router,
          kind: kind.name,
          entry: kind.describe(done.entry),
          change: isRemoval ? (occasion === 'start' ? 'cleared' : 'removed') : restored ? 'restored' : 'added',
        });
      }
    } catch (error) {
      emit({ type: 'kernel-error', message: messageOf(error) });
    }
  };

  const raise = (occasion: RoutingOccasion): void => {
    const isAddition = ({ type }: Change<unknown>): boolean => type !== 'remove';
    change(routeKind, ports.routes, occasion, isAddition);
    change(ruleKind, ports.rules, occasion, isAddition);
    refusals.keepOnly(
      new Set([
        ...desiredOf(routeKind, standings).map(routeKind.keyOf),
        ...desiredOf(ruleKind, standings).map(ruleKind.keyOf),
      ]),
    );
  };

  const missingOf = <Entry>(kind: Kind<Entry>, standing: Standing): Missing[] =>
    desiredOf(kind, [standing]).flatMap((entry) => {
      const why = refusals.reasonOf(kind.keyOf(entry));
      return why === undefined ? [] : [{ what: `${kind.name} ${kind.describe(entry)}`, why }];
    });

  return {
    shed: (now, occasion) => {
      standings = now;
      const isRemoval = ({ type }: Change<unknown>): boolean => type === 'remove';
      change(ruleKind, ports.rules, occasion, isRemoval);
      change(routeKind, ports.routes, occasion, isRemoval);
    },
    retry: () => {
      if (!refusals.isEmpty()) raise('repair');
    },
    missingOf: (standing) => [...missingOf(routeKind, standing), ...missingOf(ruleKind, standing)],
    raise: (now, occasion) => {
      standings = now;
      raise(occasion);
    },
  };
};
