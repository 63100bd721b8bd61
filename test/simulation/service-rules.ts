// What a service's table should be by its servers' health, said a second time and in other words than the controller's judgement:
// which servers may get new connections, and which must.

import type { VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { Health } from '../../healthcheck/messages.ts';

/** A server as these rules see it. */
export type SeenServer = {
  readonly name: string;
  readonly weight: number;
  readonly isStandby: boolean;
  readonly isDrained: boolean;
  readonly health: Health;
  /** It has been healthy since the controller began. */
  readonly wasUp: boolean;
};

/** Names of servers; the others must get nothing new. */
export type Expectation = {
  readonly must: ReadonlySet<string>;
  /** They keep the weight that they have. */
  readonly may: ReadonlySet<string>;
  /** Undefined while it is not known yet. */
  readonly hasQuorum: boolean | undefined;
};

const names = (servers: readonly SeenServer[]): ReadonlySet<string> => new Set(servers.map(({ name }) => name));
const sum = (servers: readonly SeenServer[]): number => servers.reduce((all, { weight }) => all + weight, 0);

/** @param hadQuorum before the last change; undefined if it was not known yet. */
export const expectationOf = (
  service: Pick<VirtualServiceConfig, 'quorum' | 'hysteresis' | 'panicThreshold' | 'sorryServer'>,
  servers: readonly SeenServer[],
  hadQuorum: boolean | undefined,
): Expectation => {
  const primaries = servers.filter(({ isStandby, isDrained }) => !isStandby && !isDrained);
  const healthy = primaries.filter(({ health }) => health === 'up');
  const unknown = primaries.filter(({ health }) => health === 'unknown');
  const standbys = servers.filter(({ isStandby, isDrained, health }) => isStandby && !isDrained && health === 'up');
  const { quorum, hysteresis, panicThreshold, sorryServer } = service;
  const isKnown = servers.every(({ isStandby, health }) => isStandby || health !== 'unknown');
  const possible = sum(healthy) + sum(unknown);
  const isLost = possible === 0 || possible < quorum - hysteresis;
  const isWon = sum(healthy) > 0 && sum(healthy) >= quorum + hysteresis;
  const first = sum(healthy) >= quorum ? true : isKnown ? false : undefined;
  const hasQuorum = hadQuorum === undefined ? first : hadQuorum ? !isLost : isWon;
  if (hasQuorum === false && standbys.length > 0) return { must: names(standbys), may: new Set(), hasQuorum };
  if (hasQuorum === false && sorryServer !== undefined)
    return { must: new Set([sorryServer.name]), may: new Set(), hasQuorum };
  const warm = primaries.filter(({ wasUp }) => wasUp);
  const isPanic = unknown.length === 0 && warm.length > 0 && 100 * healthy.length < panicThreshold * primaries.length;
  if (isPanic) return { must: names(warm), may: new Set(), hasQuorum };
  return { must: names(healthy), may: names(unknown), hasQuorum };
};
