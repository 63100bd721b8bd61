// Why a router changed its state, as text and numbers. Pure; the log, the status and the journal share it.

import { elapsed, formatDuration, type Instant, type Milliseconds } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import { masterDownInterval, ownerPriority, type Peer, type Self } from './parameters.ts';
import { hasOverslept, mayResume } from './router-state.ts';
import type { Transition } from './sync-group.ts';

export type ReasonCode =
  | 'startup'
  | 'no-advertisement'
  | 'farewell'
  | 'preempts'
  | 'peer-lost'
  | 'owner'
  | 'outranked'
  | 'gives-way'
  | 'group'
  | 'overslept'
  | 'fault'
  | 'split-brain'
  | 'shutdown'
  | 'resumed'
  | 'link-returned'
  | 'successor-heard'
  | 'successor-silent';

export type NewMasterReason = 'not-master' | 'priority' | 'preempted' | 'master-no-response';

/** RFC 6527's name for the reason why a router became master. */
export const newMasterReasonOf = ({ code }: Reason): NewMasterReason => {
  switch (code) {
    case 'owner':
    case 'resumed':
    case 'link-returned':
      return 'priority';
    case 'preempts':
      return 'preempted';
    default:
      return 'master-no-response';
  }
};

export type Reason = {
  readonly code: ReasonCode;
  readonly text: string;
  /** Time since the last advertisement of the replaced master. */
  readonly sinceLastAdvertisement?: Milliseconds;
  readonly masterDownInterval?: Milliseconds;
};

const peerText = (peer: Peer): string => `${peer.address} (priority ${peer.priority})`;

const reasonToRule = ({ self, from }: Transition, now: Instant): Reason => {
  if (self.priority === ownerPriority) return { code: 'owner', text: 'owns the addresses' };
  if (from.name === 'leaving' || (from.name === 'candidate' && from.wasLeaving))
    return { code: 'resumed', text: 'stays master, because no successor took over' };
  if (mayResume({ self, state: from }, now))
    return { code: 'link-returned', text: 'goes on as master: the link is back before a peer can have taken over' };
  if (from.name !== 'backup' && from.name !== 'candidate') return { code: 'startup', text: 'started' };
  const down = masterDownInterval(self, from.masterInterval);
  const timings = {
    masterDownInterval: down,
    ...(from.lastHeard !== undefined && { sinceLastAdvertisement: elapsed(from.lastHeard, now) }),
  };
  if (from.outranked !== undefined && (from.preemptAt === undefined || now >= from.preemptAt)) {
    return {
      code: 'preempts',
      text: `preempts ${peerText(from.outranked)} with priority ${self.priority}`,
      ...timings,
    };
  }
  if (from.resigned !== undefined) {
    return { code: 'farewell', text: `${peerText(from.resigned)} gave up mastership`, ...timings };
  }
  if (from.presumedDead !== undefined && from.master !== undefined) {
    return { code: 'peer-lost', text: `${peerText(from.master)} is lost: ${from.presumedDead}`, ...timings };
  }
  const limit = `master down interval ${formatDuration(down)}`;
  if (from.master === undefined || from.lastHeard === undefined) {
    return { code: 'no-advertisement', text: `no master was heard (${limit})`, ...timings };
  }
  const silence = formatDuration(elapsed(from.lastHeard, now));
  return {
    code: 'no-advertisement',
    text: `nothing from ${peerText(from.master)} for ${silence} (${limit})`,
    ...timings,
  };
};

const outrankedBy = (self: Self, peer: Peer): Reason => ({
  code: 'outranked',
  text: `${peerText(peer)} preempts: it outranks ${self.primaryAddress} (priority ${self.priority})`,
});

const reasonToYield = ({ self, from, to, event }: Transition, now: Instant): Reason => {
  switch (event.type) {
    case 'startup':
      if (from.name === 'leaving') return { code: 'group', text: 'waits for the others of its sync group' };
      return { code: 'startup', text: `listens first, for ${formatDuration(masterDownInterval(self, self.interval))}` };
    case 'fault':
      return { code: 'fault', text: event.reason };
    case 'shutdown':
      return { code: 'shutdown', text: event.reason ?? 'is stopping' };
    case 'restrained':
      return { code: 'split-brain', text: self.restraint?.reason ?? 'gives way' };
    case 'retreat':
      return { code: 'group', text: `${event.member} of its sync group is no longer master` };
    case 'advertisement': {
      const peer = peerText({ address: event.source, priority: event.priority });
      if (from.name === 'master' && hasOverslept(self, from.lastSent, now)) {
        const text = `was paused for ${formatDuration(elapsed(from.lastSent, now))}, and ${peer} has advertised meanwhile`;
        return { code: 'overslept', text };
      }
      if (from.name === 'leaving') return { code: 'successor-heard', text: `its successor ${peer} advertises` };
      if (event.priority < self.priority) {
        const why = self.heldBack ?? 'preempt is off';
        const text = `gives way to ${peer}, which is master already: ${why} (priority ${self.priority})`;
        return { code: 'gives-way', text };
      }
      return outrankedBy(self, { address: event.source, priority: event.priority });
    }
    case 'priority': {
      const master = to.name === 'backup' && to.master !== undefined ? peerText(to.master) : 'the current master';
      return { code: 'outranked', text: `its priority is ${self.priority} now, and ${master} outranks it` };
    }
    case 'promote':
    case 'resume':
    case 'held-back':
    case 'handoff':
    case 'peer-lost':
    case 'timer': {
      if (from.name === 'leaving') return { code: 'successor-silent', text: 'no successor advertised in time' };
      if (from.name === 'master' && from.contest !== undefined && now >= from.contest.until) {
        return outrankedBy(self, from.contest.peer);
      }
      if (from.name !== 'master') return { code: 'group', text: 'waits for the others of its sync group' };
      const silence = formatDuration(elapsed(from.lastSent, now));
      return { code: 'overslept', text: `was paused for ${silence}, so a peer may be master by now` };
    }
    default:
      return unreachable(event);
  }
};

/** Explains a transition; `now` is the instant of its step. */
export const explain = (transition: Transition, now: Instant): Reason =>
  transition.to.name === 'master' ? reasonToRule(transition, now) : reasonToYield(transition, now);
