// Which servers of a service take connections, and with what weight: quorum, standby and sorry servers, panic, slow start. Pure.

import { elapsed, type Instant, later } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { Health } from '../../healthcheck/messages.ts';

/** The known state of a real server. */
export type ServerStanding = {
  readonly health: Health;
  /** Whether an operator drains it. */
  readonly drained: boolean;
  /** An operator's weight, in place of the configured one. */
  readonly commandedWeight?: number;
  /** A measuring check's weight, in place of the configured one. */
  readonly checkedWeight?: number;
};

export type Departure = 'failed' | 'drained by command' | 'not needed' | 'no longer configured';

/** What a server should do. */
export type Duty =
  | { readonly name: 'serve'; readonly weight: number; readonly isRamping: boolean }
  /** Not known yet: the server keeps its current weight. */
  | {
      readonly name: 'await';
      /** It stands in the table with weight 0 meanwhile, so that servers are in the order of the configuration. */
      readonly isInhibited?: true;
    }
  /** No new connections; removed when it is idle, or at the deadline. */
  | {
      readonly name: 'leave';
      readonly why: Departure;
      readonly since: Instant;
      readonly deadline?: Instant;
      /** Stays in the table with weight 0. */
      readonly isInhibited?: true;
    };

/**
 * Which servers take connections: the healthy ones, all once healthy because too few are, the standby servers, or the sorry
 * server.
 */
export type Mode = 'normal' | 'panic' | 'standby' | 'sorry';
export type Quorum = 'unknown' | 'held' | 'lost';

export type JudgementEvent =
  | { readonly type: 'quorum'; readonly quorum: 'held' | 'lost'; readonly weight: number; readonly needed: number }
  | {
      readonly type: 'mode';
      readonly mode: Mode;
      readonly before: Mode;
      /** Excludes servers that an operator drains. */
      readonly healthy: number;
      readonly count: number;
    };

type ServerMemory = {
  readonly health: Health;
  /** Whether it has ever been healthy. */
  readonly wasUp: boolean;
  readonly duty: Duty['name'];
  readonly failedAt?: Instant;
  readonly recoveredAt?: Instant;
  readonly leavingSince?: Instant;
};

/** State that a judgement takes from the previous one. */
export type ServiceMemory = {
  readonly mode: Mode;
  readonly quorum: Quorum;
  /** By server name. */
  readonly servers: ReadonlyMap<string, ServerMemory>;
};

export const noMemory: ServiceMemory = { mode: 'normal', quorum: 'unknown', servers: new Map() };

/** Of nearly all servers: they share one object. */
const upAndServing: ServerMemory = { health: 'up', wasUp: true, duty: 'serve' };

const memoryOf = (known: Omit<ServerMemory, 'duty'>, duty: Duty): ServerMemory => {
  const { health, failedAt, recoveredAt } = known;
  const isPlain = health === 'up' && failedAt === undefined && recoveredAt === undefined;
  if (isPlain && duty.name === 'serve') return upAndServing;
  return { ...known, duty: duty.name, ...(duty.name === 'leave' && { leavingSince: duty.since }) };
};

export type ServiceJudgement = {
  readonly mode: Mode;
  readonly quorum: Quorum;
  /** Total weight of the healthy servers without standby servers. */
  readonly healthyWeight: number;
  readonly healthy: number;
  readonly count: number;
  /** By server name, the sorry server included. */
  readonly duties: ReadonlyMap<string, Duty>;
  readonly events: readonly JudgementEvent[];
};

/** A real server with its standing. */
export type Judged = { readonly server: RealServerConfig; readonly standing: ServerStanding };

const weightOf = ({ server, standing }: Judged): number =>
  standing.commandedWeight ?? standing.checkedWeight ?? server.weight;

const isHealthy = ({ standing }: Judged): boolean => standing.health === 'up' && !standing.drained;

const isUnknown = ({ standing }: Judged): boolean => standing.health === 'unknown' && !standing.drained;

const totalWeight = (servers: readonly Judged[]): number => servers.reduce((sum, one) => sum + weightOf(one), 0);

const judgeQuorum = (service: VirtualServiceConfig, primaries: readonly Judged[], before: Quorum): Quorum => {
  const weight = totalWeight(primaries.filter(isHealthy));
  const { quorum, hysteresis } = service;
  switch (before) {
    case 'unknown': {
      if (weight >= quorum) return 'held';
      return primaries.some(({ standing }) => standing.health === 'unknown') ? 'unknown' : 'lost';
    }
    case 'held': {
      // Unknown is not down: the quorum is lost when it is missed even with all unknown servers.
      const most = weight + totalWeight(primaries.filter(isUnknown));
      return most === 0 || most < quorum - hysteresis ? 'lost' : 'held';
    }
    case 'lost':
      return weight > 0 && weight >= quorum + hysteresis ? 'held' : 'lost';
    default:
      return unreachable(before);
  }
};

/**
 * A sorry server comes before panic: it is configured for this case. Panic is for servers that have been healthy, because their
 * checks or this director's path to them may be at fault. A server that was never healthy may not be set up yet.
 */
const judgeMode = (
  service: VirtualServiceConfig,
  quorum: Quorum,
  primaries: readonly Judged[],
  standbys: readonly Judged[],
  wasUp: (one: Judged) => boolean,
): Mode => {
  if (quorum === 'lost' && standbys.some((one) => isHealthy(one) && weightOf(one) > 0)) return 'standby';
  if (quorum === 'lost' && service.sorryServer !== undefined) return 'sorry';
  const usable = primaries.filter(({ standing }) => !standing.drained);
  const isKnown = usable.every(({ standing }) => standing.health !== 'unknown');
  const share = (100 * usable.filter(isHealthy).length) / usable.length;
  return isKnown && usable.some(wasUp) && share < service.panicThreshold ? 'panic' : 'normal';
};

const remember = (
  { health }: ServerStanding,
  before: ServerMemory | undefined,
  now: Instant,
): Omit<ServerMemory, 'duty'> => {
  const failedAt = health !== 'down' ? undefined : before?.health === 'down' ? before.failedAt : now;
  // A server that served all the time, in panic, is warm.
  const isRecovery = health === 'up' && before?.health === 'down' && before.duty !== 'serve';
  const recoveredAt = isRecovery ? now : health === 'up' ? before?.recoveredAt : undefined;
  return {
    health,
    wasUp: health === 'up' || (before?.wasUp ?? false),
    ...(failedAt !== undefined && { failedAt }),
    ...(recoveredAt !== undefined && { recoveredAt }),
  };
};

// Few steps, because each change of weight restarts the scheduler's round.
const rampSteps = 10;

const serve = (service: VirtualServiceConfig, judged: Judged, recoveredAt: Instant | undefined, now: Instant): Duty => {
  const weight = weightOf(judged);
  const done = recoveredAt === undefined || service.slowStart === 0 ? 1 : elapsed(recoveredAt, now) / service.slowStart;
  if (done >= 1 || weight === 0) return { name: 'serve', weight, isRamping: false };
  const share = (Math.floor(done * rampSteps) + 1) / rampSteps;
  return { name: 'serve', weight: Math.max(1, Math.round(weight * share)), isRamping: share < 1 };
};

const isOnDuty = ({ server, standing }: Judged, mode: Mode, wasUp: boolean): boolean => {
  switch (mode) {
    case 'normal':
      return !server.standby;
    case 'panic':
      return !server.standby && !standing.drained && wasUp;
    case 'standby':
      return server.standby;
    case 'sorry':
      return false;
    default:
      return unreachable(mode);
  }
};

const dutyOf = (
  service: VirtualServiceConfig,
  judged: Judged,
  mode: Mode,
  memory: Omit<ServerMemory, 'duty'>,
  leavingSince: Instant | undefined,
  now: Instant,
): Duty => {
  const { health, drained } = judged.standing;
  if (isOnDuty(judged, mode, memory.wasUp)) {
    if (mode === 'panic') return { name: 'serve', weight: weightOf(judged), isRamping: false };
    if (isHealthy(judged)) return serve(service, judged, memory.recoveredAt, now);
    if (health === 'unknown' && !drained) return { name: 'await', ...(judged.server.inhibit && { isInhibited: true }) };
  }
  const { failedAt } = memory;
  const since = leavingSince ?? now;
  // A server that failed long ago and served on in panic has its full drain time from the start of the drain.
  const drainsSince = failedAt === undefined || failedAt > since ? failedAt : since;
  const why = drained ? 'drained by command' : health === 'down' ? 'failed' : 'not needed';
  return {
    name: 'leave',
    why,
    since,
    ...(why === 'failed' && judged.server.inhibit && { isInhibited: true }),
    ...(drainsSince !== undefined && { deadline: later(drainsSince, service.drainTimeout) }),
  };
};

/**
 * Judges a service: the duty of each server, and what has changed for the service as a whole.
 * @param judged all its real servers
 */
export const judgeService = (
  service: VirtualServiceConfig,
  judged: readonly Judged[],
  memory: ServiceMemory,
  now: Instant,
): [ServiceMemory, ServiceJudgement] => {
  const primaries = judged.filter(({ server }) => !server.standby);
  const standbys = judged.filter(({ server }) => server.standby);
  const quorum = judgeQuorum(service, primaries, memory.quorum);
  const knownOf = ({ server, standing }: Judged) => remember(standing, memory.servers.get(server.name), now);
  const mode = judgeMode(service, quorum, primaries, standbys, (one) => knownOf(one).wasUp);

  const servers = new Map<string, ServerMemory>();
  const duties = new Map<string, Duty>();
  const assign = (name: string, duty: Duty, known: Omit<ServerMemory, 'duty'>): void => {
    duties.set(name, duty);
    servers.set(name, memoryOf(known, duty));
  };
  for (const one of judged) {
    const before = memory.servers.get(one.server.name);
    const known = knownOf(one);
    assign(one.server.name, dutyOf(service, one, mode, known, before?.leavingSince, now), known);
  }
  if (service.sorryServer !== undefined) {
    const { name, weight } = service.sorryServer;
    const since = memory.servers.get(name)?.leavingSince ?? now;
    const duty: Duty =
      mode === 'sorry' ? { name: 'serve', weight, isRamping: false } : { name: 'leave', why: 'not needed', since };
    assign(name, duty, { health: 'unknown', wasUp: false });
  }

  const healthyWeight = totalWeight(primaries.filter(isHealthy));
  const usable = primaries.filter(({ standing }) => !standing.drained);
  const [healthy, count] = [usable.filter(isHealthy).length, usable.length];
  const events: JudgementEvent[] = [
    ...(quorum !== memory.quorum && quorum !== 'unknown'
      ? [{ type: 'quorum', quorum, weight: healthyWeight, needed: service.quorum } as const]
      : []),
    ...(mode !== memory.mode ? [{ type: 'mode', mode, before: memory.mode, healthy, count } as const] : []),
  ];
  return [
    { mode, quorum, servers },
    { mode, quorum, healthyWeight, healthy, count, duties, events },
  ];
};
