// The election of one virtual router as RFC 9568 6.4 writes it: a state and an event in, a state and actions out.
// Pure; time is an input and the one deadline of a state is data, so a stale timer cannot exist.

import { elapsed, type Instant, later, type Milliseconds, milliseconds } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import { bytesOf, type IpAddress } from '../../net/ip-address.ts';

/** What the election needs to know of its own router. */
export type Self = {
  readonly version: 2 | 3;
  readonly priority: number;
  readonly interval: Milliseconds;
  readonly downAfter: number;
  readonly preempt: boolean;
  /** Why it does not preempt for now; absent where nothing holds it back. Whoever owns the addresses is not held back. */
  readonly heldBack?: string;
  /** How long a living master of lower priority is borne with before it is preempted; absent for not at all. */
  readonly preemptDelay?: Milliseconds;
  /** How much longer than usual a router listens when it starts, because its wire may not carry anything yet. */
  readonly startDelay?: Milliseconds;
  /** Primary IPv4 address of the interface, which breaks ties between equal priorities. */
  readonly primaryAddress: IpAddress;
};

/** Another router of the same id, as its last advertisement showed it. */
export type Peer = { readonly address: IpAddress; readonly priority: number };

/** What a backup knows of the router it listens to. */
type Listening = {
  readonly masterInterval: Milliseconds;
  /** The master in force, and when it was last heard. */
  readonly master?: Peer;
  readonly lastHeard?: Instant;
  /** A living master of lower priority, whose advertisements are ignored because this router preempts. */
  readonly outranked?: Peer;
  /** When the delay ends after which it does. */
  readonly preemptAt?: Instant;
  /** The master that has said farewell, while its successor is awaited. */
  readonly resigned?: Peer;
  /** Why the master counts as dead before its silence proves it. */
  readonly presumedDead?: string;
};

/** A higher priority that a master without preemption has heard: from another such router, which gives way, or from one that preempts. */
type Contest = {
  readonly peer: Peer;
  readonly interval: Milliseconds;
  readonly heardAt: Instant;
  readonly until: Instant;
};

export type RouterState =
  | { readonly name: 'initialize' }
  | ({ readonly name: 'backup'; readonly deadline: Instant } & Listening)
  /** Would be master, and waits until every member of its sync group would. */
  | ({ readonly name: 'candidate' } & Listening)
  | { readonly name: 'master'; readonly deadline: Instant; readonly lastSent: Instant; readonly contest?: Contest }
  /** Has said farewell and keeps the addresses until the successor is heard, so that nothing goes unanswered. */
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
  /** Whether it is held back has changed. */
  | { readonly type: 'held-back' }
  /** The router's own priority has changed; `before` is what it was. */
  | { readonly type: 'priority'; readonly before: number }
  /**
   * A detector faster than advertisements has lost a peer. Were that peer the master, backups would all rise at once:
   * they keep their order within `spread`, as they do by their skew times within an advertisement interval.
   */
  | { readonly type: 'peer-lost'; readonly address: IpAddress; readonly spread: Milliseconds; readonly reason: string }
  | { readonly type: 'fault'; readonly reason: string }
  /** The process makes way for the next one on this host: peers are given a whole interval. */
  | { readonly type: 'bequest' }
  /** Leave mastership, make-before-break; `reason` is for people, where it is not the end of the process. */
  | { readonly type: 'shutdown'; readonly reason?: string };

/** Effects, to be run in the order given. */
export type Action =
  /** Make the addresses of the kernel what the states say: added on mastership, removed without it. */
  | { readonly type: 'reconcile' }
  | { readonly type: 'announce' }
  | { readonly type: 'advertise'; readonly priority: number };

export type Step = readonly [RouterState, readonly Action[]];

export const ownerPriority = 255;
export const farewellPriority = 0;

/** Skew time: (256 - priority) / 256 of a second in version 2 (RFC 3768 6.1), of the master's interval in version 3 (RFC 9568 6.1). */
export const skewTime = (self: Pick<Self, 'version' | 'priority'>, masterInterval: Milliseconds): Milliseconds =>
  milliseconds(((256 - self.priority) * (self.version === 2 ? 1000 : masterInterval)) / 256);

/** Master down interval: how long a master may be silent before it counts as dead (RFC 9568 6.1). */
export const masterDownInterval = (
  self: Pick<Self, 'version' | 'priority' | 'downAfter'>,
  masterInterval: Milliseconds,
): Milliseconds => milliseconds(self.downAfter * masterInterval + skewTime(self, masterInterval));

/** Orders two addresses of one family as unsigned numbers in network order, of 32 or 128 bits. */
const compareAddresses = (one: IpAddress, other: IpAddress): number => Buffer.compare(bytesOf(one), bytesOf(other));

/** Whether a peer's advertisement beats a master: higher priority, or the same and a higher primary address (RFC 9568 6.4.3). */
export const outranks = (peer: Peer, self: Pick<Self, 'priority' | 'primaryAddress'>): boolean =>
  peer.priority > self.priority ||
  (peer.priority === self.priority && compareAddresses(peer.address, self.primaryAddress) > 0);

/** Whether the state holds the virtual addresses. */
export const holdsAddresses = (state: RouterState): boolean => state.name === 'master' || state.name === 'leaving';

/** Whether the router would be master if its group were. */
export const isReady = (state: RouterState): boolean => state.name === 'master' || state.name === 'candidate';

/** When the state wants a `timer` event. */
export const deadlineOf = (state: RouterState): Instant | undefined => {
  if (state.name === 'master' && state.contest !== undefined) {
    return Math.min(state.deadline, state.contest.until) as Instant;
  }
  return 'deadline' in state ? state.deadline : undefined;
};

const initialize: RouterState = { name: 'initialize' };

/** A backup that gives the master (or whoever comes) a full master down interval from now. */
const becomeBackup = (self: Self, now: Instant, listening: Listening): RouterState => ({
  name: 'backup',
  deadline: later(now, masterDownInterval(self, listening.masterInterval)),
  ...listening,
});

/**
 * RFC 9568 6.4.1 and 6.4.2: addresses first, then gratuitous ARP and the advertisement in the same turn. Where the master is
 * dead its neighbours come first; where it has said farewell it serves until it hears of its successor, which speaks in the
 * RFC's order.
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

/** Keeps the beat: the next advertisement is due one interval after the last was due, not after it was sent. */
const keepBeat = (self: Self, state: Extract<RouterState, { name: 'master' }>, now: Instant): RouterState => {
  const next = later(state.deadline, self.interval);
  return { ...state, deadline: next > now ? next : later(now, self.interval), lastSent: now };
};

/** How long another router without preemption may take to give way: a packet's way and back, and a busy host's delay. */
const contestTime = milliseconds(100);

const inInitialize = (self: Self, event: RouterEvent, now: Instant): Step => {
  if (event.type !== 'startup') return [initialize, []];
  // RFC 9568 6.4.1: the address owner is master at once; everybody else listens first.
  const delay = self.startDelay ?? milliseconds(0);
  const listening = { masterInterval: self.interval };
  if (self.priority !== ownerPriority) return [becomeBackup(self, later(now, delay), listening), []];
  return delay > 0
    ? [{ name: 'backup', deadline: later(now, delay), ...listening }, []]
    : [{ name: 'candidate', ...listening }, []];
};

const preempts = ({ preempt, heldBack, priority }: Self): boolean =>
  preempt && (heldBack === undefined || priority === ownerPriority);

/** A living master of lower priority: without preemption it rules, with a delay it rules until that is over. */
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

/** What a backup or candidate makes of an advertisement (RFC 9568 6.4.2). */
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

/** Held back, it listens to a master that it would preempt; held back no longer, it preempts as if that one were heard now. */
const holdBack = (self: Self, state: Extract<RouterState, { name: 'backup' }>, now: Instant): RouterState => {
  const { masterInterval, outranked, master } = state;
  if (!preempts(self)) {
    return outranked === undefined ? state : becomeBackup(self, now, { masterInterval, master: outranked });
  }
  return master === undefined || master.priority >= self.priority || outranked !== undefined
    ? state
    : hearLesser(self, state, master, masterInterval, now);
};

/** A new priority moves the deadline by the change of the skew time, and may end or begin that another one is outranked. */
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
  return { ...state, deadline: later(state.deadline, milliseconds(change)) };
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
    case 'bequest':
      return [state, []];
    default:
      return unreachable(event);
  }
};

/**
 * Whether a master slept so long that its peers may have replaced it. Such a master hears whoever has spoken meanwhile before it
 * sends; the address owner, whose addresses nobody else may keep, need not.
 */
export const hasOverslept = (self: Self, lastSent: Instant, now: Instant): boolean =>
  self.priority !== ownerPriority && elapsed(lastSent, now) >= self.downAfter * self.interval;

/** A successor that is older than this was heard by a master that wakes up; of a younger one it cannot know. */
const dozeTime = milliseconds(50);

/** A successor speaks within one of its intervals; whoever hears none for that long may rule again. */
const stepDown = (self: Self, now: Instant): Extract<RouterState, { name: 'backup' }> => ({
  name: 'backup',
  deadline: later(now, milliseconds(self.interval + skewTime(self, self.interval))),
  masterInterval: self.interval,
});

/** Gives the mastership to a peer that was heard. */
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
 * preemption it is the other way round, since whichever is heard has ruled: the higher one gives way by a farewell, for
 * which the lower one waits a moment before it yields, as it must to a peer that preempts.
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
    // The lesser one is answered at once, and whoever it misled is told where the addresses are.
    return [continueMaster(self, now), [advertise, { type: 'announce' }]];
  }
  if (!isPatient) {
    // One last advertisement shows the winner that it was not alone, so that it announces itself again: where two
    // masters were, neighbours may still send to this one.
    return yieldTo(self, rival, now, [advertise]);
  }
  if (state.contest !== undefined) return [state, []];
  const until = later(now, milliseconds(Math.min(contestTime, self.interval)));
  return [{ ...continueMaster(self, now), contest: { ...rival, until } }, [advertise]];
};

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
      // The shell gives this once what has come in meanwhile was heard.
      const hasDozed = elapsed(state.lastSent, now) < self.downAfter * self.interval + dozeTime;
      if (hasDozed || !hasOverslept(self, state.lastSent, now)) return [keepBeat(self, state, now), [advertise]];
      return [stepDown(self, now), [{ type: 'reconcile' }]];
    }
    case 'advertisement': {
      if (hasOverslept(self, state.lastSent, now)) {
        return [hearMaster(self, stepDown(self, now), event, now), [{ type: 'reconcile' }]];
      }
      // RFC 9568 6.4.3 answers a farewell; that it came shows that there was another master, so neighbours are told too.
      if (event.priority === farewellPriority) return [continueMaster(self, now), [advertise, { type: 'announce' }]];
      return hearRival(self, state, event, now);
    }
    case 'retreat':
      return [
        becomeBackup(self, now, { masterInterval: self.interval }),
        [{ type: 'reconcile' }, { type: 'advertise', priority: farewellPriority }],
      ];
    case 'fault':
      // In a fault the addresses go first: the farewell may not leave at all.
      return [initialize, [{ type: 'reconcile' }, { type: 'advertise', priority: farewellPriority }]];
    case 'shutdown': {
      // The successor waits for its skew time, at most one interval, and speaks at once.
      const deadline = later(now, milliseconds(skewTime({ ...self, priority: 1 }, self.interval) + self.interval));
      // Reconciled once more, so that the lease outlasts the wait.
      return [
        { name: 'leaving', deadline },
        [{ type: 'reconcile' }, { type: 'advertise', priority: farewellPriority }],
      ];
    }
    case 'bequest':
      return [{ ...state, ...continueMaster(self, now) }, [advertise]];
    case 'startup':
    case 'promote':
    // The next advertisement carries the new priority; nobody has outranked it yet.
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
  // Asked to go on before a successor was heard: it rules again as soon as its group does.
  if (event.type === 'startup') return [{ name: 'candidate', masterInterval: self.interval }, [{ type: 'reconcile' }]];
  const isOver =
    event.type === 'fault' ||
    (event.type === 'timer' && now >= state.deadline) ||
    (event.type === 'advertisement' && event.priority !== farewellPriority);
  return isOver ? [initialize, [{ type: 'reconcile' }]] : [state, []];
};

/** Takes one event (RFC 9568 6.4). The caller runs the actions in order, then arms one timer for {@link deadlineOf}. */
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
