// What happens to this host: a host and an input in, a host and effects out. Pure.

import type { Instant, Milliseconds } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { farewellPriority, type Restraint } from '../election/parameters.ts';
import { mayBeReplaced, type RouterEvent } from '../election/router-state.ts';
import type { Rejudged } from '../tracking/tracker.ts';
import { doDue } from './do-due.ts';
import { type HostEffect, type HostStep, inTurn } from './effect.ts';
import { give, type Input } from './give.ts';
import { type Host, memberOf, renew, replace, routerOf, selfOf, stateOf } from './host.ts';
import { judge, restrain, standAside, takePart } from './participation.ts';
import { type SightedInput, sight } from './sight.ts';
import { reannounce } from './watch.ts';

export type HostInput =
  /** Events that happen together. */
  | { readonly type: 'events'; readonly inputs: readonly Input[] }
  /** The timer has fired; `stood` is how much later than requested this process was called. */
  | { readonly type: 'due'; readonly stood: Milliseconds }
  | SightedInput
  | { readonly type: 'attached'; readonly router: string; readonly source: IpAddress }
  /** `isOfLink` where only its link was lost. */
  | { readonly type: 'detached'; readonly router: string; readonly reason: string; readonly isOfLink?: true }
  /** Tracked items have changed the judgement of these routers. */
  | { readonly type: 'judged'; readonly changes: readonly Rejudged[] }
  /** Only these routers, with their sync groups, stand aside. */
  | { readonly type: 'stand-aside'; readonly routers: readonly string[] }
  | { readonly type: 'hold-back'; readonly reason: string | undefined }
  /** Only these routers are restrained, by name. */
  | { readonly type: 'restrain'; readonly restraints: ReadonlyMap<string, Restraint> }
  /** Neighbours may have been misled about a router's addresses. */
  | { readonly type: 'reannounce'; readonly router: string }
  /** Addresses of a router were missing and are back. */
  | { readonly type: 'restored'; readonly router: string }
  /** These routers are configured otherwise than before. */
  | { readonly type: 'changed'; readonly routers: readonly string[] }
  /** The next configuration does not have these routers. */
  | { readonly type: 'removed'; readonly routers: readonly string[] };

const mastersOf = (host: Host, names: readonly string[]): string[] =>
  names.filter((name) => stateOf(host, name).name === 'master');

const showOne = (host: Host, router: string): HostEffect[] => [
  { type: 'announce', router, why: 'was changed', isUrgent: true },
  {
    type: 'act',
    actions: [{ type: 'advertise', router, priority: selfOf(host, router).priority }],
    transitions: [],
  },
];

/**
 * A reconfigured master shows it at once: peers learn its priority, neighbours its addresses. After a pause it first hears
 * whether it was replaced.
 */
const show = (host: Host, names: readonly string[], now: Instant): HostEffect[] =>
  mastersOf(host, names).flatMap((router): HostEffect[] => {
    const member = memberOf(host, router);
    return member === undefined || mayBeReplaced(member, now) ? [] : showOne(host, router);
  });

/** Handles one input. The caller performs the effects in order, then arms one timer for what is next due. */
export const stepHost = (host: Host, input: HostInput, now: Instant): HostStep => {
  switch (input.type) {
    case 'events':
      return give(host, input.inputs, now);
    case 'due':
      return doDue(host, input.stood, now);
    case 'sighted':
      return sight(host, input, now);
    case 'attached': {
      const router = routerOf(host, input.router);
      if (router === undefined) return [host, []];
      const attached = { ...router, source: input.source };
      return takePart(input.router, now)(renew(replace(host, [attached]), [attached]));
    }
    case 'detached': {
      const router = routerOf(host, input.router);
      if (router === undefined) return [host, []];
      const { source: _, ...detached } = router;
      const event: RouterEvent = { type: 'fault', reason: input.reason, ...(input.isOfLink && { isOfLink: true }) };
      return give(replace(host, [detached]), [{ router: input.router, event }], now);
    }
    case 'judged':
      return judge(host, input.changes, now);
    case 'stand-aside':
      return standAside(host, input.routers, now);
    case 'hold-back': {
      const event: RouterEvent = { type: 'held-back' };
      return inTurn(
        renew({ ...host, heldBack: input.reason }, host.routers),
        host.routers.map(
          ({ config: { name } }) =>
            (next) =>
              give(next, [{ router: name, event }], now),
        ),
      );
    }
    case 'restrain':
      return restrain(host, input.restraints, now);
    case 'reannounce':
    case 'restored': {
      const router = routerOf(host, input.router);
      // A router that is no longer master would mislead neighbours.
      const isMaster = stateOf(host, input.router).name === 'master';
      return [router === undefined || !isMaster ? host : replace(host, [reannounce(router, now)]), []];
    }
    case 'changed':
      return [host, show(host, input.routers, now)];
    case 'removed': {
      const actions = mastersOf(host, input.routers).map(
        (router) => ({ type: 'advertise', router, priority: farewellPriority }) as const,
      );
      return [host, actions.length === 0 ? [] : [{ type: 'act', actions, transitions: [] }]];
    }
    default:
      return unreachable(input);
  }
};
