// What happens to the routers of this host: a host and an input in, a host and effects out. Pure.

import type { Instant, Milliseconds } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { RouterEvent } from '../election/election.ts';
import { type MemberAction, stepGroup, type Transition } from '../election/sync-group.ts';
import { obstacleIn } from '../tracking/judgement.ts';
import type { Rejudged } from '../tracking/tracker.ts';
import { groupOf, type Host, type HostRouter, parametersOf, routerOf, stateOf, withGroups } from './host.ts';

/** An event for a router, and how late it is given. */
export type Input = { readonly router: string; readonly event: RouterEvent; readonly lateness?: Milliseconds };

export type HostInput =
  /** Events that happen together: routers that become master by them do it in one batch. */
  | { readonly type: 'events'; readonly inputs: readonly Input[] }
  /** These routers are due. */
  | { readonly type: 'timer'; readonly due: readonly { readonly router: string; readonly lateness: Milliseconds }[] }
  /** This host was paused: routers that were due before wait for their peers until then. */
  | { readonly type: 'paused'; readonly until: Instant }
  | { readonly type: 'attached'; readonly router: string; readonly source: IpAddress }
  | { readonly type: 'detached'; readonly router: string; readonly reason: string }
  /** Tracked items have changed the judgement of these routers. */
  | { readonly type: 'judged'; readonly changes: readonly Rejudged[] }
  /** Only these routers, with their sync groups, stand aside. */
  | { readonly type: 'stand-aside'; readonly routers: readonly string[] }
  | { readonly type: 'hold-back'; readonly reason: string | undefined };

/** Effects, to be performed in order. */
export type HostEffect =
  /** What routers do together, and the changes of their states. */
  | {
      readonly type: 'act';
      readonly actions: readonly MemberAction[];
      readonly transitions: readonly (Transition & { readonly lateness: Milliseconds | undefined })[];
    }
  /** A router does not start yet. */
  | { readonly type: 'waits'; readonly router: string; readonly obstacle: string }
  /** A router keeps its mastership, since no peer has taken over. */
  | { readonly type: 'unsucceeded'; readonly router: string };

export type HostStep = readonly [Host, readonly HostEffect[]];

/** Runs steps one after the other. */
const inTurn = (host: Host, steps: readonly ((host: Host) => HostStep)[]): HostStep =>
  steps.reduce<HostStep>(
    ([before, effects], next) => {
      const [after, more] = next(before);
      return [after, [...effects, ...more]];
    },
    [host, []],
  );

const give = (host: Host, inputs: readonly Input[], now: Instant): HostStep => {
  const groups = [...host.groups];
  const actions: MemberAction[] = [];
  const transitions: (Transition & { lateness: Milliseconds | undefined })[] = [];
  for (const { router, event, lateness } of inputs) {
    const index = routerOf(host, router)?.group ?? -1;
    const group = groups[index];
    if (group === undefined) continue;
    const step = stepGroup(group, router, event, now);
    groups[index] = step.group;
    actions.push(...step.actions);
    transitions.push(...step.transitions.map((transition) => ({ ...transition, lateness })));
  }
  const isIdle = actions.length === 0 && transitions.length === 0;
  return [{ ...host, groups }, isIdle ? [] : [{ type: 'act', actions, transitions }]];
};

const replace = (host: Host, router: HostRouter): Host => ({
  ...host,
  routers: host.routers.with(host.indices.get(router.config.name) ?? -1, router),
});

/** Gives the election the current parameters of these routers. */
const renew = (host: Host, routers: readonly HostRouter[]): Host => {
  const groups = [...host.groups];
  for (const router of routers) {
    const { name } = router.config;
    const group = groups[router.group];
    const member = group?.get(name);
    if (group === undefined || member === undefined) continue;
    groups[router.group] = new Map([...group, [name, { ...member, self: parametersOf(router, host.heldBack) }]]);
  }
  return { ...host, groups };
};

/** Starts a router unless something forbids it. */
const takePart =
  (name: string, now: Instant) =>
  (host: Host): HostStep => {
    const router = routerOf(host, name);
    if (router?.source === undefined || host.aside.has(name)) return [host, []];
    const obstacle = obstacleIn(router.judgement);
    if (obstacle === undefined) return give(host, [{ router: name, event: { type: 'startup' } }], now);
    return [host, stateOf(host, name).name === 'initialize' ? [{ type: 'waits', router: name, obstacle }] : []];
  };

const judge = (host: Host, changes: readonly Rejudged[], now: Instant): HostStep => {
  const judged = changes.flatMap(({ router: name, after }): HostRouter[] => {
    const router = routerOf(host, name);
    return router === undefined ? [] : [{ ...router, judgement: after }];
  });
  const moved = changes.filter(({ before, after }) => before.effective !== after.effective);
  return inTurn(renew(judged.reduce(replace, host), judged), [
    ...moved.map(
      ({ router, before: { effective } }) =>
        (next: Host) =>
          give(next, [{ router, event: { type: 'priority', before: effective } }], now),
    ),
    ...changes.flatMap(({ router, before, after }) => {
      if (after.faults.length > 0 && before.faults.length === 0) {
        const event: RouterEvent = { type: 'fault', reason: after.faults.join('; ') };
        return (next: Host) => give(next, [{ router, event }], now);
      }
      return obstacleIn(before) !== undefined && obstacleIn(after) === undefined ? takePart(router, now) : [];
    }),
  ]);
};

const standAside = (host: Host, routers: readonly string[], now: Instant): HostStep => {
  const aside = withGroups(host, routers);
  const leaving = [...aside].filter((name) => !host.aside.has(name));
  const returning = [...host.aside].filter((name) => !aside.has(name));
  const event: RouterEvent = { type: 'shutdown', reason: 'is handed over by command' };
  return inTurn({ ...host, aside }, [
    ...leaving.map((router) => (next: Host) => give(next, [{ router, event }], now)),
    ...returning.map((router) => takePart(router, now)),
  ]);
};

/** Giving up the addresses without a successor would be an outage, not a handover. */
const callOff = (host: Host, router: string, now: Instant): HostStep => {
  const members = groupOf(host, router);
  const aside = new Set([...host.aside].filter((name) => !members.includes(name)));
  const [next, effects] = inTurn(
    { ...host, aside },
    members.map((name) => takePart(name, now)),
  );
  return [next, [...members.map((name) => ({ type: 'unsucceeded', router: name }) as const), ...effects]];
};

const isWithoutSuccessor = (host: Host, name: string): boolean =>
  stateOf(host, name).name === 'leaving' && host.aside.has(name);

/** Handles one input. The caller performs the effects in order, then arms one timer for the next due router. */
export const stepHost = (host: Host, input: HostInput, now: Instant): HostStep => {
  switch (input.type) {
    case 'events':
      return give(host, input.inputs, now);
    case 'timer':
      return inTurn(host, [
        ...input.due.map(
          ({ router }) =>
            (next: Host): HostStep =>
              isWithoutSuccessor(next, router) ? callOff(next, router, now) : [next, []],
        ),
        (next) => {
          const due = input.due.filter(({ router }) => !isWithoutSuccessor(host, router));
          const inputs = due.map((one): Input => ({ ...one, event: { type: 'timer' } }));
          return give(next, inputs, now);
        },
      ]);
    case 'paused':
      return [{ ...host, pausedUntil: input.until }, []];
    case 'attached': {
      const router = routerOf(host, input.router);
      if (router === undefined) return [host, []];
      const attached = { ...router, source: input.source };
      return takePart(input.router, now)(renew(replace(host, attached), [attached]));
    }
    case 'detached': {
      const router = routerOf(host, input.router);
      if (router === undefined) return [host, []];
      const { source: _, ...detached } = router;
      const event: RouterEvent = { type: 'fault', reason: input.reason };
      return give(replace(host, detached), [{ router: input.router, event }], now);
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
    default:
      return unreachable(input);
  }
};
