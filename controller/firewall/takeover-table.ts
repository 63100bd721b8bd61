// Suppresses RSTs for unknown connections after a takeover, so that their clients try again: the last master is just sending
// those connections to this host.

import { type Clock, elapsed, type Instant, milliseconds } from '../../base/units.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import { heldAddresses, ownsAddresses } from '../../config/model/virtual-addresses.ts';
import { takeoverRuleset, takeoverTable } from '../../kernel/nftables/takeover-rules.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import type { Log } from '../log/log.ts';
import { openAddressRules } from './address-rules.ts';

export type TakeoverTable = {
  /** One turn; a refusal is logged, and the next turn tries again. */
  readonly reconcile: (config: DirectorConfig, routers: readonly Pick<RouterStatus, 'name' | 'state'>[]) => void;
  readonly clear: () => Promise<void>;
};

/** Routers that are not master, and recent masters with the time of their takeover. */
export type Newcomers = ReadonlyMap<string, Instant | undefined>;

/** Longer than the last master needs to read and send its table, and than the kernel's sync daemon buffers connections (2 s). */
const explanationTime = milliseconds(5000);

/**
 * One look at the configured routers. A router that vrrp does not report, because vrrp was lost, is not master. A router first
 * reported as master was master before this controller started.
 *
 * @param before the previous look; undefined until vrrp has reported a router
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
      return elapsed(since, now) < explanationTime ? [[name, since]] : [];
    }),
  );
};

/**
 * Addresses of routers that are not master, or became master recently: RSTs from them are suppressed. None where directors do not
 * synchronise connections.
 */
export const patientAddresses = (
  { vrrp, virtualServices, connectionSync }: DirectorConfig,
  newcomers: Newcomers,
): IpAddress[] => {
  if (connectionSync === undefined) return [];
  // Connections with ports in the other host's conntrack cannot be synchronised: they are lost, and clients should see the RST.
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

/** The rules stand while a router is not master, so that they are there from the first moment of a takeover. */
export const openTakeoverTable = (clock: Clock, log: Log): TakeoverTable => {
  const rules = openAddressRules({
    table: takeoverTable,
    rulesetOf: takeoverRuleset,
    describe: (addresses) =>
      addresses.length === 0
        ? 'unknown connections are answered by RSTs again'
        : `RSTs for unknown connections to ${addresses.join(', ')} are suppressed`,
    refused: 'RSTs for unknown connections are not suppressed after a takeover',
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
