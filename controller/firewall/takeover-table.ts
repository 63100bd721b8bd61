// Lets clients whose connections are not known yet try again after a takeover, where they would be reset: their last
// director is telling of those connections just then.

import { type Clock, elapsed, type Instant, milliseconds } from '../../base/units.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import { heldAddresses, ownsAddresses } from '../../config/model/virtual-addresses.ts';
import { takeoverRuleset, takeoverTable } from '../../kernel/nftables/takeover-rules.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import type { Log } from '../log/log.ts';
import { openAddressRules } from './address-rules.ts';

export type TakeoverTable = {
  /** One turn; a refusal is logged and tried again by the next. */
  readonly reconcile: (config: DirectorConfig, routers: readonly Pick<RouterStatus, 'name' | 'state'>[]) => void;
  /** Removes the table. */
  readonly clear: () => Promise<void>;
};

/** The routers that do not rule, and since when those do that have taken over lately. */
export type Newcomers = ReadonlyMap<string, Instant | undefined>;

/** Longer than the last director takes to tell, which reads its table first, and than a kernel gathers what it tells (2 s). */
export const tellingTime = milliseconds(5000);

/**
 * One look at the routers of the configuration. One that vrrp does not tell of, since it is lost, does not rule; but one that is
 * told of as a master at first has been one before this controller came.
 *
 * @param before of the last look; undefined while vrrp has told of no router yet
 */
export const lookForNewcomers = (
  before: Newcomers | undefined,
  { vrrp }: Pick<DirectorConfig, 'vrrp'>,
  routers: readonly Pick<RouterStatus, 'name' | 'state'>[],
  now: Instant,
): Newcomers | undefined => {
  if (before === undefined && routers.length === 0) return undefined;
  const states = new Map(routers.map(({ name, state }) => [name, state]));
  return new Map(
    vrrp.routers.flatMap(({ name }): [string, Instant | undefined][] => {
      const state = states.get(name);
      if (state !== 'master' && state !== 'leaving') return [[name, undefined]];
      if (before?.has(name) !== true) return [];
      const since = before.get(name) ?? now;
      return elapsed(since, now) < tellingTime ? [[name, since]] : [];
    }),
  );
};

/** The addresses of newcomers from which nobody is reset: none where no director tells of its connections. */
export const patientAddresses = (
  { vrrp, virtualServices, connectionSync }: DirectorConfig,
  newcomers: Newcomers,
): IpAddress[] => {
  if (connectionSync === undefined) return [];
  // Nobody can tell of connections whose ports lie in a conntrack: they are over, and their clients shall know.
  const lost = new Set(
    virtualServices.flatMap(({ snat, matches }) =>
      snat ? matches.flatMap((match) => ('address' in match ? [match.address] : [])) : [],
    ),
  );
  return vrrp.routers
    .filter((router) => newcomers.has(router.name) && !ownsAddresses(router))
    .flatMap((router) => heldAddresses(router).map(({ address }) => address))
    .filter((address) => !lost.has(address));
};

/** The rules stand while a router does not rule, so that they are there from the first moment of a takeover. */
export const openTakeoverTable = (clock: Clock, log: Log): TakeoverTable => {
  const rules = openAddressRules({
    table: takeoverTable,
    rulesetOf: takeoverRuleset,
    describe: (addresses) =>
      addresses.length === 0
        ? 'connections that are not known are reset'
        : `connections to ${addresses.join(', ')} that are not known are not reset yet`,
    refused: 'connections that are not known yet are reset after a takeover',
    level: 'debug',
    log,
  });
  let newcomers: Newcomers | undefined;
  return {
    reconcile: (config, routers) => {
      newcomers = lookForNewcomers(newcomers, config, routers, clock());
      void rules.keep(newcomers === undefined ? [] : patientAddresses(config, newcomers));
    },
    clear: () => rules.keep([]),
  };
};
