// Gives events to routers, and lets their announcements and their watch for other masters follow the changes of state. Pure.

import type { Instant } from '../../base/units.ts';
import { announceTakeover } from '../announce/announcement.ts';
import { explain } from '../election/reason.ts';
import type { RouterEvent } from '../election/router-state.ts';
import { type MemberAction, stepGroup } from '../election/sync-group.ts';
import { endWatch, watchAsMaster } from '../rivals/rivals.ts';
import { type Change, type HostEffect, type HostStep, takeoversIn } from './effect.ts';
import { type Host, type HostRouter, replace, routerOf } from './host.ts';
import { found, reannounce } from './watch.ts';

/** An event for a router; a timer's with the instant since when it was due. */
export type Input = { readonly router: string; readonly event: RouterEvent; readonly dueSince?: Instant };

/** A router that takes over announces at once and soon again; a former master does not. */
const changeState = (
  router: HostRouter,
  { from, to, reason }: Change,
  now: Instant,
): readonly [HostRouter, readonly HostEffect[]] => {
  const [ended, effects] =
    from.name === 'master' ? found(router, endWatch(router.watch, reason.text, now), now) : [router, []];
  if (to.name !== 'master') return [{ ...ended, announcements: { due: [] } }, effects];
  return [{ ...ended, announcements: announceTakeover(now), watch: watchAsMaster(ended.watch, now) }, effects];
};

const follow = (
  host: Host,
  actions: readonly MemberAction[],
  transitions: readonly Change[],
  now: Instant,
): HostStep => {
  const changed = new Map<string, HostRouter>();
  const effects: HostEffect[] = [];
  for (const transition of transitions) {
    const router = routerOf(host, transition.router);
    if (router === undefined) continue;
    const [after, more] = changeState(router, transition, now);
    changed.set(transition.router, after);
    effects.push(...more);
  }
  const taking = takeoversIn(transitions);
  for (const action of actions) {
    if (action.type !== 'announce' || taking.has(action.router)) continue;
    const router = changed.get(action.router) ?? routerOf(host, action.router);
    if (router !== undefined) changed.set(action.router, reannounce(router, now));
  }
  return [replace(host, [...changed.values()]), [...effects, { type: 'act', actions, transitions }]];
};

/** Gives events that happen together: routers that become master by them do it in one batch. */
export const give = (host: Host, inputs: readonly Input[], now: Instant): HostStep => {
  if (inputs.length === 0) return [host, []];
  const groups = [...host.groups];
  const actions: MemberAction[] = [];
  const transitions: Change[] = [];
  for (const { router, event, dueSince } of inputs) {
    const index = routerOf(host, router)?.group ?? -1;
    const group = groups[index];
    if (group === undefined) continue;
    const step = stepGroup(group, router, event, now);
    groups[index] = step.group;
    actions.push(...step.actions);
    for (const transition of step.transitions) {
      const reason = explain(transition, now);
      transitions.push({ ...transition, reason, ...(dueSince !== undefined && { dueSince }) });
    }
  }
  const stepped = { ...host, groups };
  return actions.length === 0 && transitions.length === 0 ? [stepped, []] : follow(stepped, actions, transitions, now);
};
