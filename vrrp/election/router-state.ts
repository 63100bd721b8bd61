// The states of a virtual router, and the events and actions between them; what others ask of a state. Pure.
// The one deadline of a state is data, so a stale timer cannot exist.

import { elapsed, type Instant, later, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { ownerPriority, type Peer, type Self } from './parameters.ts';

/** What a master keeps that has lost its link, or a member of its sync group that has. */
export type Resumable = {
  /** Until then no peer can have missed so many advertisements that it took over: the router may go on as master. */
  readonly resumableUntil?: Instant;
};

/** What a backup knows about the master. */
export type Listening = Resumable & {
  readonly masterInterval: Milliseconds;
  /** The current master, and when it was last heard. */
  readonly master?: Peer;
  readonly lastHeard?: Instant;
  /** An active master of lower priority; its advertisements are ignored because this router preempts. */
  readonly outranked?: Peer;
  /** When the preemption delay ends. */
  readonly preemptAt?: Instant;
  /** The master that has sent a farewell, until a successor is heard. */
  readonly resigned?: Peer;
  /** Why the master counts as dead before the master down interval ends. */
  readonly presumedDead?: string;
  /** A restraint kept it from taking over when the master down interval was over. */
  readonly withheld?: true;
  /** Its handover was called off: it was master until now, and is again once its group is ready. */
  readonly wasLeaving?: true;
};

/** A higher priority heard by a master without preemption: the peer either gives way, being such a router too, or preempts. */
export type Contest = {
  readonly peer: Peer;
  readonly interval: Milliseconds;
  readonly heardAt: Instant;
  readonly until: Instant;
};

export type RouterState =
  | ({ readonly name: 'initialize' } & Resumable)
  | ({ readonly name: 'backup'; readonly deadline: Instant } & Listening)
  /** Ready to be master; waits until every member of its sync group is ready. */
  | ({ readonly name: 'candidate' } & Listening)
  | { readonly name: 'master'; readonly deadline: Instant; readonly lastSent: Instant; readonly contest?: Contest }
  /** Has sent a farewell; keeps the addresses until the successor is heard, so that no request goes unanswered. */
  | { readonly name: 'leaving'; readonly deadline: Instant };

export type RouterEvent =
  | { readonly type: 'startup' }
  | { readonly type: 'timer' }
  | {
      readonly type: 'advertisement';
      readonly source: IpAddress;
      readonly priority: number;
      readonly interval: Milliseconds;
    }
  /** Every member of the sync group is ready. */
  | { readonly type: 'promote' }
  /** Another member of the sync group is no longer master; `isOfLink` where only its link was lost. */
  | { readonly type: 'retreat'; readonly member: string; readonly isOfLink?: true }
  /** A link of the sync group was lost for a moment and is back: this member may go on as master, as the others may. */
  | { readonly type: 'resume' }
  /** Preemption is held back, or no longer. */
  | { readonly type: 'held-back' }
  /** The router is restrained, for another reason, or no longer. */
  | { readonly type: 'restrained' }
  /** The router's own priority has changed; `before` is the old one. */
  | { readonly type: 'priority'; readonly before: number }
  /**
   * A detector faster than advertisements has lost a peer. If it was the master, all backups would take over at once:
   * skew times within `spread` keep their order, as they do within an advertisement interval.
   */
  | { readonly type: 'peer-lost'; readonly address: IpAddress; readonly spread: Milliseconds; readonly reason: string }
  /** `isOfLink` where only a link was lost: neither peers nor clients could be heard meanwhile, and no other fault is known. */
  | { readonly type: 'fault'; readonly reason: string; readonly isOfLink?: true }
  /** The process makes way for the next one on this host: an advertisement gives peers a whole interval. */
  | { readonly type: 'handoff' }
  /** Leave mastership, make-before-break; `reason` is readable text, absent if the process ends. */
  | { readonly type: 'shutdown'; readonly reason?: string };

/** Effects, to be run in order. */
export type Action =
  /** Reconcile the kernel's addresses with the states: a master has them, a backup does not. */
  | { readonly type: 'reconcile' }
  | { readonly type: 'announce' }
  | { readonly type: 'advertise'; readonly priority: number };

export type Step = readonly [RouterState, readonly Action[]];

/** Whether the state holds the virtual addresses. */
export const holdsAddresses = (state: RouterState): boolean => state.name === 'master' || state.name === 'leaving';

/** Whether the router is master, or would be if its group were. */
export const isReady = (state: RouterState): boolean => state.name === 'master' || state.name === 'candidate';

/** When the state needs a `timer` event. */
export const deadlineOf = (state: RouterState): Instant | undefined => {
  if (state.name === 'master' && state.contest !== undefined) {
    return Math.min(state.deadline, state.contest.until) as Instant;
  }
  return 'deadline' in state ? state.deadline : undefined;
};

export const initialize: RouterState = { name: 'initialize' };

/**
 * Whether a master was paused so long that its peers may have replaced it. It then hears waiting advertisements before it
 * sends. The address owner need not, since no other router may keep its addresses.
 */
export const hasOverslept = (self: Self, lastSent: Instant, now: Instant): boolean =>
  self.priority !== ownerPriority && elapsed(lastSent, now) >= self.downAfter * self.interval;

/** Whether a router is a master that was paused, and has not read yet whether it was replaced. */
export const mayBeReplaced = (
  { self, state }: { readonly self: Self; readonly state: RouterState },
  now: Instant,
): boolean => state.name === 'master' && hasOverslept(self, state.lastSent, now);

/**
 * Until when a master that has lost its link may go on. The last advertisement may have been lost already, so that peers count
 * from the one before.
 */
export const resumableAs = (self: Self, state: Extract<RouterState, { name: 'master' }>): Resumable =>
  state.contest === undefined
    ? { resumableUntil: later(state.lastSent, milliseconds((self.downAfter - 1) * self.interval)) }
    : {};

/**
 * Whether a former master may go on, since its link is back before a peer can have taken over. A link that forwards late, and
 * doubts about who is master, make it listen first.
 */
export const mayResume = (
  { self, state }: { readonly self: Self; readonly state: RouterState },
  now: Instant,
): boolean =>
  (state.name === 'initialize' || state.name === 'backup' || state.name === 'candidate') &&
  state.resumableUntil !== undefined &&
  now < state.resumableUntil &&
  (self.startDelay ?? 0) === 0 &&
  self.restraint === undefined;

/** A former master that loses its link again may still go on. */
export const keepResumable = ({ resumableUntil }: Resumable, event: RouterEvent): Resumable =>
  event.type === 'fault' && event.isOfLink !== undefined && resumableUntil !== undefined ? { resumableUntil } : {};
