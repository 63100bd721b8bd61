// A router that is master (RFC 9568 6.4.3). Pure.

import { elapsed, type Instant, later, milliseconds } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import { becomeBackup, hearMaster } from './backup.ts';
import { farewellPriority, outranks, ownerPriority, type Peer, preempts, type Self, skewTime } from './parameters.ts';
import {
  type Action,
  type Contest,
  hasOverslept,
  initialize,
  type Resumable,
  type RouterEvent,
  type RouterState,
  resumableAs,
  type Step,
} from './router-state.ts';

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
const retreat = (self: Self, now: Instant, resumable: Resumable): Step => [
  becomeBackup(self, now, { masterInterval: self.interval, ...resumable }),
  [{ type: 'reconcile' }, { type: 'advertise', priority: farewellPriority }],
];

export const inMaster = (
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
      return retreat(self, now, {});
    case 'retreat':
      return retreat(self, now, event.isOfLink ? resumableAs(self, state) : {});
    case 'fault':
      // In a fault the addresses are removed first: the farewell may never leave.
      return [
        { ...initialize, ...(event.isOfLink && resumableAs(self, state)) },
        [{ type: 'reconcile' }, { type: 'advertise', priority: farewellPriority }],
      ];
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
    case 'resume':
    // The next advertisement carries the new priority; no peer has outranked it yet.
    case 'priority':
    case 'held-back':
    case 'peer-lost':
      return [state, []];
    default:
      return unreachable(event);
  }
};
