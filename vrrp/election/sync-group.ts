// A sync group: routers that become master together and lose mastership together. Pure; a single router is its own group.

import type { Instant } from '../../base/units.ts';
import { step } from './election.ts';
import type { Self } from './parameters.ts';
import { type Action, isReady, mayResume, type RouterEvent, type RouterState } from './router-state.ts';

export type Member = {
  readonly self: Self;
  readonly state: RouterState;
  /** Added to a running group: the others stay master while it listens, until it is ready, hears a master, or has a fault. */
  readonly joining?: true;
};

/** Members by router name. */
export type SyncGroup = ReadonlyMap<string, Member>;

/** A member's change of state, with the event that caused it. */
export type Transition = {
  readonly router: string;
  readonly self: Self;
  readonly from: RouterState;
  readonly to: RouterState;
  readonly event: RouterEvent;
};

export type MemberAction =
  | { readonly type: 'reconcile' }
  | (Exclude<Action, { readonly type: 'reconcile' }> & { readonly router: string });

export type GroupStep = {
  readonly group: SyncGroup;
  readonly actions: readonly MemberAction[];
  readonly transitions: readonly Transition[];
};

/**
 * Gives one member an event and lets the group follow: all are promoted once every member is ready, and all retreat when one
 * is no longer master. A joining member delays the promotion of the others, but does not end their mastership. Addresses are
 * reconciled once for all members, against the states after the step.
 */
export const stepGroup = (group: SyncGroup, router: string, event: RouterEvent, now: Instant): GroupStep => {
  const members = new Map(group);
  const causes = new Map<string, RouterEvent>();
  const actions: MemberAction[] = [];

  const give = (name: string, input: RouterEvent): void => {
    const member = members.get(name);
    if (member === undefined) return;
    const [state, effects] = step(member.self, member.state, input, now);
    members.set(name, { ...member, state });
    causes.set(name, input);
    for (const effect of effects) {
      if (effect.type !== 'reconcile') actions.push({ ...effect, router: name });
      else if (!actions.some((action) => action.type === 'reconcile')) actions.push(effect);
    }
  };
  const isJoining = ({ joining, state }: Member, cause: RouterEvent | undefined): boolean =>
    joining === true &&
    !isReady(state) &&
    !(state.name === 'backup' && state.master !== undefined) &&
    cause?.type !== 'fault' &&
    cause?.type !== 'shutdown';
  const namesOf = (state: RouterState['name']): string[] =>
    [...members].filter(([, member]) => member.state.name === state).map(([name]) => name);

  give(router, event);
  for (const [name, { self, state, joining }] of members) {
    if (joining && !isJoining({ self, state, joining }, causes.get(name))) members.set(name, { self, state });
  }
  // Of a group whose link was lost for a moment all go on, or none.
  const areBack = [...members.values()].every((member) => isReady(member.state) || mayResume(member, now));
  if (event.type === 'startup' && areBack) for (const name of namesOf('backup')) give(name, { type: 'resume' });
  const all = [...members.values()];
  if (all.every(({ state }) => isReady(state))) {
    for (const name of namesOf('candidate')) give(name, { type: 'promote' });
  } else if (event.type !== 'shutdown' && !all.every(({ state, joining }) => joining || isReady(state))) {
    const isOfLink = event.type === 'fault' && event.isOfLink;
    for (const name of namesOf('master'))
      give(name, { type: 'retreat', member: router, ...(isOfLink && { isOfLink }) });
  }

  const transitions = [...members].flatMap(([name, { self, state: to }]): Transition[] => {
    const from = group.get(name)?.state;
    const cause = causes.get(name);
    return from === undefined || cause === undefined || from.name === to.name
      ? []
      : [{ router: name, self, from, to, event: cause }];
  });
  return { group: members, actions, transitions };
};
