// The election of one virtual router (RFC 9568 6.4): a state and an event in, a state and actions out.
// Pure; time is an input and the one deadline of a state is data, so a stale timer cannot exist.

import { elapsed, type Instant, later, type Milliseconds, milliseconds } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import { bytesOf, type IpAddress } from '../../net/ip-address.ts';

/** A limit that the verdict on a split brain sets. The address owner has none. */
export type Restraint = {
  /** `await`: it does not succeed a master that is only silent. `yield`: it is not master at all. */
  readonly kind: 'await' | 'yield';
  readonly reason: string;
};

/** This router's parameters in the election. */
export type Self = {
  readonly version: 2 | 3;
  readonly priority: number;
  readonly interval: Milliseconds;
  readonly downAfter: number;
  readonly preempt: boolean;
  /** Why it must not preempt for now; absent if it may. The address owner is never held back. */
  readonly heldBack?: string;
  /** Why mastership is a peer's although that may not be heard; absent without such evidence. */
  readonly restraint?: Restraint;
  /** How long to wait before preempting a master of lower priority; absent for no wait. */
  readonly preemptDelay?: Milliseconds;
  /** Extra time that a starting router listens, because its link may not forward yet. */
  readonly startDelay?: Milliseconds;
  /** Primary address of the interface, which breaks ties between equal priorities. */
  readonly primaryAddress: IpAddress;
};

/** Another router of the same id, from its last advertisement. */
export type Peer = { readonly address: IpAddress; readonly priority: number };

/** What a backup knows about the master. */
type Listening = {
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
};

/** A higher priority heard by a master without preemption: the peer either gives way, being such a router too, or preempts. */
type Contest = {
  readonly peer: Peer;
  readonly interval: Milliseconds;
  readonly heardAt: Instant;
  readonly until: Instant;
};

export type RouterState =
  | { readonly name: 'initialize' }
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
  /** Another member of the sync group is no longer master. */
  | { readonly type: 'retreat'; readonly member: string }
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
  | { readonly type: 'fault'; readonly reason: string }
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

export const ownerPriority = 255;
export const farewellPriority = 0;

/** Skew time: (256 - priority) / 256 of a second in version 2 (RFC 3768 6.1), of the master's interval in 3 (RFC 9568 6.1). */
export const skewTime = (self: Pick<Self, 'version' | 'priority'>, masterInterval: Milliseconds): Milliseconds =>
  milliseconds(((256 - self.priority) * (self.version === 2 ? 1000 : masterInterval)) / 256);

/** Master down interval: how long a master may be silent before it counts as dead (RFC 9568 6.1). */
export const masterDownInterval = (
  self: Pick<Self, 'version' | 'priority' | 'downAfter'>,
  masterInterval: Milliseconds,
): Milliseconds => milliseconds(self.downAfter * masterInterval + skewTime(self, masterInterval));

/** Compares two addresses of one family as unsigned numbers in network order, of 32 or 128 bits. */
const compareAddresses = (one: IpAddress, other: IpAddress): number => Buffer.compare(bytesOf(one), bytesOf(other));

/** Whether a peer's advertisement beats a master: higher priority, or the same and a higher primary address (RFC 9568 6.4.3). */
export const outranks = (peer: Peer, self: Pick<Self, 'priority' | 'primaryAddress'>): boolean =>
  peer.priority > self.priority ||
  (peer.priority === self.priority && compareAddresses(peer.address, self.primaryAddress) > 0);

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

const initialize: RouterState = { name: 'initialize' };

/** A backup that gives the master, or a coming one, a full master down interval from now. */
const becomeBackup = (self: Self, now: Instant, listening: Listening): RouterState => ({
  name: 'backup',
  deadline: later(now, masterDownInterval(self, listening.masterInterval)),
  ...listening,
});

/**
 * RFC 9568 6.4.1 and 6.4.2: addresses first, then gratuitous ARP and the advertisement in the same turn. If the master is
 * dead, ARP goes first. If it has sent a farewell, it serves until it hears its successor: the advertisement goes first, as
 * in the RFC.
 */
const becomeMaster = (self: Self, now: Instant, isAwaited: boolean): Step => {
  const advertise: Action = { type: 'advertise', priority: self.priority };
  return [
    { name: 'master', deadline: later(now, self.interval), lastSent: now },
    isAwaited
      ? [{ type: 'reconcile' }, advertise, { type: 'announce' }]
      : [{ type: 'reconcile' }, { type: 'announce' }, advertise],
  ];
};

const continueMaster = (self: Self, now: Instant): Extract<RouterState, { name: 'master' }> => ({
  name: 'master',
  deadline: later(now, self.interval),
  lastSent: now,
});

/** Avoids drift: the next advertisement is due one interval after the last was due, not after it was sent. */
const keepBeat = (self: Self, state: Extract<RouterState, { name: 'master' }>, now: Instant): RouterState => {
  const next = later(state.deadline, self.interval);
  return { ...state, deadline: next > now ? next : later(now, self.interval), lastSent: now };
};

/** How long another router without preemption may take to give way: a round trip, and a busy host's delay. */
const contestTime = milliseconds(100);

const inInitialize = (self: Self, event: RouterEvent, now: Instant): Step => {
  if (event.type !== 'startup') return [initialize, []];
  // RFC 9568 6.4.1: the address owner is master at once; all other routers listen first.
  const delay = self.startDelay ?? milliseconds(0);
  const listening = { masterInterval: self.interval };
  if (self.priority !== ownerPriority) return [becomeBackup(self, later(now, delay), listening), []];
  return delay > 0
    ? [{ name: 'backup', deadline: later(now, delay), ...listening }, []]
    : [{ name: 'candidate', ...listening }, []];
};

const preempts = ({ preempt, heldBack, priority }: Self): boolean =>
  preempt && (heldBack === undefined || priority === ownerPriority);

/** Whether a restraint keeps a backup from taking over; a farewell or a heard master of lower priority leaves no doubt. */
const isRestrained = (
  { restraint, priority }: Self,
  { outranked, preemptAt, ...seen }: Listening,
  now: Instant,
): boolean => {
  if (restraint === undefined || priority === ownerPriority) return false;
  const isPreempting = outranked !== undefined && (preemptAt === undefined || now >= preemptAt);
  return (
    restraint.kind === 'yield' || !(isPreempting || seen.resigned !== undefined || seen.presumedDead !== undefined)
  );
};

/** A candidate goes back to listening; a backup that was withheld takes over after its skew time once it is free. */
const restrain = (
  self: Self,
  state: Extract<RouterState, { name: 'backup' | 'candidate' }>,
  now: Instant,
): RouterState => {
  if (isRestrained(self, state, now)) {
    if (state.name === 'backup') return state;
    const { name: _, ...listening } = state;
    return becomeBackup(self, now, listening);
  }
  const { withheld, ...free } = state;
  if (withheld === undefined || free.name === 'candidate') return state;
  return { ...free, deadline: Math.min(free.deadline, later(now, skewTime(self, free.masterInterval))) as Instant };
};

/** Hears a master of lower priority, which stays master until the preemption delay, if any, is over. */
const hearLesser = (
  self: Self,
  state: Extract<RouterState, { name: 'backup' | 'candidate' }>,
  peer: Peer,
  masterInterval: Milliseconds,
  now: Instant,
): RouterState => {
  const delay = self.preemptDelay ?? milliseconds(0);
  const preemptAt = state.preemptAt ?? later(now, delay);
  if (now >= preemptAt) return { ...state, outranked: peer };
  const listening = { masterInterval, master: peer, lastHeard: now, outranked: peer, preemptAt };
  const silence = later(now, masterDownInterval(self, masterInterval));
  return { name: 'backup', deadline: Math.min(silence, preemptAt) as Instant, ...listening };
};

/** Handles an advertisement in backup or candidate (RFC 9568 6.4.2). */
const hearMaster = (
  self: Self,
  state: Extract<RouterState, { name: 'backup' | 'candidate' }>,
  event: Extract<RouterEvent, { type: 'advertisement' }>,
  now: Instant,
): RouterState => {
  const peer: Peer = { address: event.source, priority: event.priority };
  if (event.priority === farewellPriority) {
    if (state.name === 'candidate') return state;
    const { outranked: _, preemptAt: __, ...listening } = state;
    const deadline = later(now, skewTime(self, state.masterInterval));
    return { ...listening, deadline, resigned: state.master ?? peer };
  }
  const masterInterval = self.version === 3 ? event.interval : self.interval;
  if (preempts(self) && event.priority < self.priority) return hearLesser(self, state, peer, masterInterval, now);
  return becomeBackup(self, now, { masterInterval, master: peer, lastHeard: now });
};

/** While held back, follows a master that it would preempt; once released, preempts it as if it were heard now. */
const holdBack = (self: Self, state: Extract<RouterState, { name: 'backup' }>, now: Instant): RouterState => {
  const { masterInterval, outranked, master } = state;
  if (!preempts(self)) {
    return outranked === undefined ? state : becomeBackup(self, now, { masterInterval, master: outranked });
  }
  return master === undefined || master.priority >= self.priority || outranked !== undefined
    ? state
    : hearLesser(self, state, master, masterInterval, now);
};

/** A new priority moves the deadline by the change of the skew time; a master that is no longer outranked is followed. */
const changePriority = (
  self: Self,
  state: Extract<RouterState, { name: 'backup' | 'candidate' }>,
  before: number,
  now: Instant,
): RouterState => {
  const { masterInterval, outranked } = state;
  if (outranked !== undefined && outranked.priority >= self.priority) {
    return becomeBackup(self, now, { masterInterval, master: outranked });
  }
  if (state.name === 'candidate') return state;
  const change = skewTime(self, masterInterval) - skewTime({ ...self, priority: before }, masterInterval);
  const moved = later(state.deadline, milliseconds(change));
  const { preemptAt, lastHeard } = state;
  if (outranked === undefined || preemptAt === undefined || lastHeard === undefined)
    return { ...state, deadline: moved };
  // The skew time is no part of the preemption delay.
  const silence = later(lastHeard, masterDownInterval(self, masterInterval));
  return { ...state, deadline: Math.min(silence, preemptAt) as Instant };
};

const inBackup = (
  self: Self,
  state: Extract<RouterState, { name: 'backup' | 'candidate' }>,
  event: RouterEvent,
  now: Instant,
): Step => {
  switch (event.type) {
    case 'timer': {
      if (state.name === 'candidate' || now < state.deadline) return [state, []];
      const { deadline: _, ...listening } = state;
      if (isRestrained(self, state, now))
        return [{ ...state, deadline: later(now, state.masterInterval), withheld: true }, []];
      return [{ ...listening, name: 'candidate' }, []];
    }
    case 'promote':
      return state.name === 'candidate' ? becomeMaster(self, now, state.resigned !== undefined) : [state, []];
    case 'advertisement':
      return [hearMaster(self, state, event, now), []];
    case 'priority':
      return [changePriority(self, state, event.before, now), []];
    case 'held-back':
      return [state.name === 'backup' ? holdBack(self, state, now) : state, []];
    case 'restrained':
      return [restrain(self, state, now), []];
    case 'peer-lost': {
      if (state.name === 'candidate' || state.master?.address !== event.address) return [state, []];
      const soon = later(now, skewTime({ ...self, version: 3 }, event.spread));
      if (soon >= state.deadline) return [state, []];
      return [{ ...state, deadline: soon, presumedDead: event.reason }, []];
    }
    case 'fault':
    case 'shutdown':
      return [initialize, []];
    case 'startup':
    case 'retreat':
    case 'handoff':
      return [state, []];
    default:
      return unreachable(event);
  }
};

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

/** A resumed master has heard any successor that is older than this; it cannot know of a newer one. */
const dozeTime = milliseconds(50);

/** A successor advertises within one of its intervals; if none is heard for that long, this router may be master again. */
const stepDown = (self: Self, now: Instant): Extract<RouterState, { name: 'backup' }> => ({
  name: 'backup',
  deadline: later(now, milliseconds(self.interval + skewTime(self, self.interval))),
  masterInterval: self.interval,
});

/** Yields mastership to a peer that was heard. */
const yieldTo = (
  self: Self,
  { peer, interval, heardAt }: Omit<Contest, 'until'>,
  now: Instant,
  actions: readonly Action[],
): Step => {
  const masterInterval = self.version === 3 ? interval : self.interval;
  const listening = { masterInterval, master: peer, lastHeard: heardAt };
  return [becomeBackup(self, now, listening), [{ type: 'reconcile' }, ...actions]];
};

/**
 * RFC 9568 6.4.3: the higher priority stays master and the lower one yields at once. Between two masters without
 * preemption it is the other way round, since the peer was already master: the higher one gives way by a farewell. The lower
 * one waits a moment for it before it yields, as it must to a peer that preempts.
 */
const hearRival = (
  self: Self,
  state: Extract<RouterState, { name: 'master' }>,
  event: Extract<RouterEvent, { type: 'advertisement' }>,
  now: Instant,
): Step => {
  const advertise: Action = { type: 'advertise', priority: self.priority };
  const peer: Peer = { address: event.source, priority: event.priority };
  const rival = { peer, interval: event.interval, heardAt: now };
  const isPatient = !preempts(self) && peer.priority !== self.priority;
  if (!outranks(peer, self)) {
    if (isPatient) return yieldTo(self, rival, now, [{ type: 'advertise', priority: farewellPriority }]);
    // Answers the lower priority at once, and announces the addresses to neighbours that it misled.
    return [continueMaster(self, now), [advertise, { type: 'announce' }]];
  }
  if (!isPatient) {
    // A last advertisement shows the winner that there were two masters, so that it announces its addresses again:
    // neighbours may still send to this one.
    return yieldTo(self, rival, now, [advertise]);
  }
  if (state.contest !== undefined) return [state, []];
  const until = later(now, milliseconds(Math.min(contestTime, self.interval)));
  return [{ ...continueMaster(self, now), contest: { ...rival, until } }, [advertise]];
};

/** Goes back to listening: the addresses are removed first, as in a fault. */
const retreat = (self: Self, now: Instant): Step => [
  becomeBackup(self, now, { masterInterval: self.interval }),
  [{ type: 'reconcile' }, { type: 'advertise', priority: farewellPriority }],
];

const inMaster = (
  self: Self,
  state: Extract<RouterState, { name: 'master' }>,
  event: RouterEvent,
  now: Instant,
): Step => {
  const advertise: Action = { type: 'advertise', priority: self.priority };
  switch (event.type) {
    case 'timer': {
      if (state.contest !== undefined && now >= state.contest.until) return yieldTo(self, state.contest, now, []);
      if (now < state.deadline) return [state, []];
      // The shell gives this event after the packets that came in meanwhile.
      const hasDozed = elapsed(state.lastSent, now) < self.downAfter * self.interval + dozeTime;
      if (hasDozed || !hasOverslept(self, state.lastSent, now)) return [keepBeat(self, state, now), [advertise]];
      return [stepDown(self, now), [{ type: 'reconcile' }]];
    }
    case 'advertisement': {
      if (hasOverslept(self, state.lastSent, now)) {
        return [hearMaster(self, stepDown(self, now), event, now), [{ type: 'reconcile' }]];
      }
      // RFC 9568 6.4.3 answers a farewell. It shows that there was another master, so the addresses are announced too.
      if (event.priority === farewellPriority) return [continueMaster(self, now), [advertise, { type: 'announce' }]];
      return hearRival(self, state, event, now);
    }
    case 'restrained':
      if (self.restraint?.kind !== 'yield' || self.priority === ownerPriority) return [state, []];
      return retreat(self, now);
    case 'retreat':
      return retreat(self, now);
    case 'fault':
      // In a fault the addresses are removed first: the farewell may never leave.
      return [initialize, [{ type: 'reconcile' }, { type: 'advertise', priority: farewellPriority }]];
    case 'shutdown': {
      // The successor waits for its skew time, at most one interval, then advertises at once.
      const deadline = later(now, milliseconds(skewTime({ ...self, priority: 1 }, self.interval) + self.interval));
      // Reconciles once more, so that the lease outlasts the wait.
      return [
        { name: 'leaving', deadline },
        [{ type: 'reconcile' }, { type: 'advertise', priority: farewellPriority }],
      ];
    }
    case 'handoff':
      // After a pause a peer may be master: the next process finds that out.
      if (hasOverslept(self, state.lastSent, now)) return [state, []];
      return [{ ...state, ...continueMaster(self, now) }, [advertise]];
    case 'startup':
    case 'promote':
    // The next advertisement carries the new priority; no peer has outranked it yet.
    case 'priority':
    case 'held-back':
    case 'peer-lost':
      return [state, []];
    default:
      return unreachable(event);
  }
};

const inLeaving = (
  self: Self,
  state: Extract<RouterState, { name: 'leaving' }>,
  event: RouterEvent,
  now: Instant,
): Step => {
  // Asked to continue before a successor was heard: master again as soon as its group is.
  if (event.type === 'startup') return [{ name: 'candidate', masterInterval: self.interval }, [{ type: 'reconcile' }]];
  const isOver =
    event.type === 'fault' ||
    (event.type === 'timer' && now >= state.deadline) ||
    (event.type === 'advertisement' && event.priority !== farewellPriority);
  return isOver ? [initialize, [{ type: 'reconcile' }]] : [state, []];
};

/** Handles one event (RFC 9568 6.4). The caller runs the actions in order, then arms one timer for {@link deadlineOf}. */
export const step = (self: Self, state: RouterState, event: RouterEvent, now: Instant): Step => {
  switch (state.name) {
    case 'initialize':
      return inInitialize(self, event, now);
    case 'backup':
    case 'candidate':
      return inBackup(self, state, event, now);
    case 'master':
      return inMaster(self, state, event, now);
    case 'leaving':
      return inLeaving(self, state, event, now);
    default:
      return unreachable(state);
  }
};
