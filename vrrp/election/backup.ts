// A router that listens: backup, or candidate until its sync group is ready (RFC 9568 6.4.2). Pure.

import { type Instant, later, type Milliseconds, milliseconds } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import {
  farewellPriority,
  masterDownInterval,
  ownerPriority,
  type Peer,
  preempts,
  type Self,
  skewTime,
} from './parameters.ts';
import {
  type Action,
  initialize,
  keepResumable,
  type Listening,
  mayResume,
  type RouterEvent,
  type RouterState,
  type Step,
} from './router-state.ts';

/** A backup that gives the master, or a coming one, a full master down interval from now. */
export const becomeBackup = (self: Self, now: Instant, listening: Listening): RouterState => ({
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
export const hearMaster = (
  self: Self,
  { resumableUntil: _, wasLeaving: ____, ...state }: Extract<RouterState, { name: 'backup' | 'candidate' }>,
  event: Extract<RouterEvent, { type: 'advertisement' }>,
  now: Instant,
): RouterState => {
  const peer: Peer = { address: event.source, priority: event.priority };
  if (event.priority === farewellPriority) {
    if (state.name === 'candidate') return state;
    const { outranked: __, preemptAt: ___, ...listening } = state;
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

export const inBackup = (
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
    case 'resume': {
      if (state.name === 'candidate' || !mayResume({ self, state }, now)) return [state, []];
      const { deadline: _, ...listening } = state;
      return [{ ...listening, name: 'candidate' }, []];
    }
    case 'fault':
    case 'shutdown':
      return [{ ...initialize, ...keepResumable(state, event) }, []];
    case 'startup':
    case 'retreat':
    case 'handoff':
      return [state, []];
    default:
      return unreachable(event);
  }
};
