// What a step of the host makes its shell do, as plain data.

import type { Instant } from '../../base/units.ts';
import type { Reason } from '../election/reason.ts';
import type { RouterState } from '../election/router-state.ts';
import type { MemberAction, Transition } from '../election/sync-group.ts';
import type { VrrpEventBody } from '../events.ts';
import type { Host } from './host.ts';

/** A change of state, why, and since when its timer was due, if it had one. */
export type Change = Transition & { readonly reason: Reason; readonly dueSince?: Instant };

/** The routers that become master. */
export const takeoversIn = (transitions: readonly Change[]): ReadonlySet<string> =>
  new Set(transitions.flatMap(({ router, to }) => (to.name === 'master' ? [router] : [])));

/** Effects, to be performed in order. */
export type HostEffect =
  /** What routers do together, and the changes of their states. */
  | { readonly type: 'act'; readonly actions: readonly MemberAction[]; readonly transitions: readonly Change[] }
  /** A router was due: how late it is shows when this is performed. */
  | { readonly type: 'due'; readonly router: string; readonly state: RouterState['name']; readonly since: Instant }
  /** Addresses are announced again, not because of a takeover. */
  | {
      readonly type: 'announce';
      readonly router: string;
      readonly why: 'as planned' | 'was changed';
      readonly isUrgent: boolean;
    }
  /** Ask on the link for other holders of a router's addresses. */
  | { readonly type: 'probe'; readonly router: string }
  | Extract<VrrpEventBody, { readonly type: 'split-brain' }>
  /** A router does not start yet. */
  | { readonly type: 'waits'; readonly router: string; readonly obstacle: string }
  /** A router keeps its mastership, since no peer has taken over. */
  | { readonly type: 'unsucceeded'; readonly router: string };

export type HostStep = readonly [Host, readonly HostEffect[]];

/** Runs steps one after the other. */
export const inTurn = (host: Host, steps: readonly ((host: Host) => HostStep)[]): HostStep => {
  const effects: HostEffect[] = [];
  let last = host;
  for (const step of steps) {
    const [next, more] = step(last);
    last = next;
    effects.push(...more);
  }
  return [last, effects];
};
