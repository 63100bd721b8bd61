// The election of one virtual router (RFC 9568 6.4): a state and an event in, a state and actions out. Pure; time is an input.

import { type Instant, later, milliseconds } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import { becomeBackup, inBackup } from './backup.ts';
import { inMaster } from './master.ts';
import { farewellPriority, ownerPriority, type Self } from './parameters.ts';
import { initialize, keepResumable, mayResume, type RouterEvent, type RouterState, type Step } from './router-state.ts';

const inInitialize = (
  self: Self,
  state: Extract<RouterState, { name: 'initialize' }>,
  event: RouterEvent,
  now: Instant,
): Step => {
  if (event.type === 'fault' || event.type === 'shutdown')
    return [{ ...initialize, ...keepResumable(state, event) }, []];
  if (event.type !== 'startup') return [state, []];
  const { resumableUntil } = state;
  if (resumableUntil !== undefined && mayResume({ self, state }, now))
    return [{ name: 'candidate', masterInterval: self.interval, resumableUntil }, []];
  // RFC 9568 6.4.1: the address owner is master at once; all other routers listen first.
  const delay = self.startDelay ?? milliseconds(0);
  const listening = { masterInterval: self.interval };
  if (self.priority !== ownerPriority) return [becomeBackup(self, later(now, delay), listening), []];
  return delay > 0
    ? [{ name: 'backup', deadline: later(now, delay), ...listening }, []]
    : [{ name: 'candidate', ...listening }, []];
};

const inLeaving = (
  self: Self,
  state: Extract<RouterState, { name: 'leaving' }>,
  event: RouterEvent,
  now: Instant,
): Step => {
  // Asked to continue before a successor was heard: master again as soon as its group is.
  if (event.type === 'startup')
    return [{ name: 'candidate', masterInterval: self.interval, wasLeaving: true }, [{ type: 'reconcile' }]];
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
      return inInitialize(self, state, event, now);
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
