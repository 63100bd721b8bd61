// Whether this director may preempt: not before it knows its peers' connections, which it would cut. Pure.

import { elapsed, formatDuration, type Instant, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { RouterStatus } from '../../vrrp/status.ts';

/** The current view of one peer. */
export type PeerView = {
  readonly name: string;
  /** `untried` until it has answered or failed to. */
  readonly contact: 'untried' | 'away' | 'there';
  /** Its established connections, and how many of them this director does not know; absent until compared. */
  readonly table?: { readonly established: number; readonly missing: number };
};

export type Preemption =
  | { readonly name: 'free'; readonly known: ReadonlySet<string> }
  | {
      readonly name: 'held';
      readonly reason: string;
      /** It was free before: what it lacks is later than the loss of a peer. */
      readonly wasFree?: true;
      /** Since when there is a master to preempt, and the time of the last log line. */
      readonly waitingSince?: Instant;
      readonly loggedAt?: Instant;
    };

export type PreemptionLine = {
  readonly level: 'info' | 'warn';
  readonly event: 'preemption-free' | 'preemption-held' | 'preemption-forced';
  readonly text: string;
};

/** The initial state of a director that synchronises connections: its table may be that of a fresh boot. */
export const heldAtStart: Preemption = {
  name: 'held',
  reason: 'it waits for the established connections of its peers',
};

const logEvery = milliseconds(10_000);

const describe = (peers: readonly PeerView[]): string => {
  const there = peers.filter(({ contact }) => contact === 'there');
  if (there.length === 0)
    return `no answer from ${peers.map(({ name }) => name).join(', ')}, so its connections are not known here`;
  return there
    .map(({ name, table }) =>
      table === undefined
        ? `it waits for the established connections of ${name}`
        : `${table.missing} of ${table.established} established connections of ${name} are not known here and would be cut`,
    )
    .join('; ');
};

const holdAgain = (known: ReadonlySet<string>, peers: readonly PeerView[]): Preemption => {
  const lost = peers.filter(({ name, contact }) => contact === 'away' && known.has(name)).map(({ name }) => name);
  if (lost.length > 0) {
    const reason = `contact with ${lost.join(', ')} was lost: it may have connections that are not known here`;
    return { name: 'held', reason, wasFree: true };
  }
  const there = peers.filter(({ contact }) => contact === 'there').map(({ name }) => name);
  return { name: 'free', known: new Set([...known, ...there]) };
};

/** How routers stand to masters of lower priority. */
export type Rank = {
  /** A router would preempt one. */
  readonly wouldPreempt: boolean;
  /** See {@link hasDemoted}: as a tracked failure does, it asks to be replaced. */
  readonly isDemoted: boolean;
};

type Followed = NonNullable<RouterStatus['master']>;
/** By router, the master that it follows, as it was when it last outranked the router. */
export type Superiors = ReadonlyMap<string, Followed>;
type Following = Pick<RouterStatus, 'name' | 'state' | 'priority' | 'master'>;

/** Looks again. A router that listens no longer is not here; with another master it begins anew. */
export const superiorsOf = (before: Superiors, routers: readonly Following[]): Superiors =>
  new Map(
    routers.flatMap(({ name, state, priority, master }): [string, Followed][] => {
      if (master === undefined || (state !== 'backup' && state !== 'candidate')) return [];
      if (master.priority >= priority) return [[name, master]];
      const known = before.get(name);
      return known?.address === master.address ? [[name, known]] : [];
    }),
  );

/** Whether a router's master has fallen below it, while it followed it. */
export const hasDemoted = (superiors: Superiors, routers: readonly Following[]): boolean =>
  routers.some(({ name, priority, master }) => {
    const superior = superiors.get(name);
    return master !== undefined && superior !== undefined && master.priority < Math.min(priority, superior.priority);
  });

const demotedText = 'preempts, since the master has lowered its priority below that of this host';

/**
 * Checks again. Preemption is free once this host knows all established connections of every peer that answers, or after waiting
 * `limit` with a master to preempt. It is held again when a peer is lost, because its later connections are unknown, but not
 * against a master that has lowered its priority meanwhile: it may serve none of them.
 */
export const judgePreemption = (
  state: Preemption,
  peers: readonly PeerView[],
  { wouldPreempt, isDemoted }: Rank,
  limit: Milliseconds,
  now: Instant,
): [Preemption, PreemptionLine[]] => {
  const there = peers.filter(({ contact }) => contact === 'there');
  const free: Preemption = { name: 'free', known: new Set(there.map(({ name }) => name)) };
  if (state.name === 'free') return [isDemoted ? free : holdAgain(state.known, peers), []];
  const isWhole =
    there.length > 0 &&
    peers.every(({ contact }) => contact !== 'untried') &&
    there.every(({ table }) => table?.missing === 0);
  const waitingSince = wouldPreempt ? (state.waitingSince ?? now) : undefined;
  const span = waitingSince === undefined ? milliseconds(0) : elapsed(waitingSince, now);
  if (isWhole) {
    const all = there.map(({ name, table }) => `${table?.established ?? 0} of ${name}`).join(', ');
    return [
      free,
      [
        {
          level: 'info',
          event: 'preemption-free',
          text: `the established connections of its peers are known: ${all}; it may preempt`,
        },
      ],
    ];
  }
  const reason = describe(peers);
  if (isDemoted && state.wasFree)
    return [free, [{ level: 'warn', event: 'preemption-forced', text: `${demotedText}: ${reason}` }]];
  if (waitingSince !== undefined && span >= limit) {
    return [
      free,
      [
        {
          level: 'warn',
          event: 'preemption-forced',
          text: `preempts, having waited for ${formatDuration(span)}: ${reason}`,
        },
      ],
    ];
  }
  const isDue =
    waitingSince !== undefined && (state.loggedAt === undefined || elapsed(state.loggedAt, now) >= logEvery);
  const loggedAt = isDue ? now : waitingSince === undefined ? undefined : state.loggedAt;
  const next: Preemption = {
    name: 'held',
    // A reason that changes with every check would be sent to the vrrp process each time.
    reason: isDue ? reason : state.reason,
    ...(state.wasFree && { wasFree: true as const }),
    ...(waitingSince !== undefined && { waitingSince }),
    ...(loggedAt !== undefined && { loggedAt }),
  };
  const text = `does not preempt yet: ${reason}; it waits for at most ${formatDuration(limit)}`;
  return [next, isDue ? [{ level: 'warn', event: 'preemption-held', text }] : []];
};
