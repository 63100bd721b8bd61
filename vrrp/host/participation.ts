// Which routers take part in the election: those that are attached, have no obstacle, and do not stand aside. Pure.

import type { Instant } from '../../base/units.ts';
import type { Restraint } from '../election/parameters.ts';
import type { RouterEvent } from '../election/router-state.ts';
import { obstacleIn } from '../tracking/judgement.ts';
import type { Rejudged } from '../tracking/tracker.ts';
import { type HostStep, inTurn } from './effect.ts';
import { give } from './give.ts';
import { groupOf, type Host, type HostRouter, renew, replace, routerOf, stateOf, withGroups } from './host.ts';

/** Starts a router unless something forbids it. */
export const takePart =
  (name: string, now: Instant) =>
  (host: Host): HostStep => {
    const router = routerOf(host, name);
    if (router?.source === undefined || host.aside.has(name)) return [host, []];
    const obstacle = obstacleIn(router.judgement);
    if (obstacle === undefined) return give(host, [{ router: name, event: { type: 'startup' } }], now);
    return [host, stateOf(host, name).name === 'initialize' ? [{ type: 'waits', router: name, obstacle }] : []];
  };

export const judge = (host: Host, changes: readonly Rejudged[], now: Instant): HostStep => {
  const judged = changes.flatMap(({ router: name, after }): HostRouter[] => {
    const router = routerOf(host, name);
    return router === undefined ? [] : [{ ...router, judgement: after }];
  });
  const moved = changes.filter(({ before, after }) => before.effective !== after.effective);
  return inTurn(renew(replace(host, judged), judged), [
    ...moved.map(
      ({ router, before: { effective } }) =>
        (next: Host) =>
          give(next, [{ router, event: { type: 'priority', before: effective } }], now),
    ),
    ...changes.flatMap(({ router, before, after }) => {
      if (after.faults.length > 0 && before.faults.length === 0) {
        const isOfLink = after.areFaultsOfLinks;
        const event: RouterEvent = { type: 'fault', reason: after.faults.join('; '), ...(isOfLink && { isOfLink }) };
        return (next: Host) => give(next, [{ router, event }], now);
      }
      return obstacleIn(before) !== undefined && obstacleIn(after) === undefined ? takePart(router, now) : [];
    }),
  ]);
};

/** Only these routers, with their sync groups, stand aside. */
export const standAside = (host: Host, routers: readonly string[], now: Instant): HostStep => {
  const aside = withGroups(host, routers);
  const leaving = [...aside].filter((name) => !host.aside.has(name));
  const returning = [...host.aside].filter((name) => !aside.has(name));
  const event: RouterEvent = { type: 'shutdown', reason: 'is handed over by command' };
  return inTurn({ ...host, aside }, [
    ...leaving.map((router) => (next: Host) => give(next, [{ router, event }], now)),
    ...returning.map((router) => takePart(router, now)),
  ]);
};

/** Only these routers are restrained; each whose restraint is another hears of it. */
export const restrain = (host: Host, restraints: ReadonlyMap<string, Restraint>, now: Instant): HostStep => {
  const isOther = (name: string): boolean => {
    const [before, after] = [host.restraints.get(name), restraints.get(name)];
    return before?.kind !== after?.kind || before?.reason !== after?.reason;
  };
  const changed = host.routers.filter(({ config }) => isOther(config.name));
  return inTurn(
    renew({ ...host, restraints }, changed),
    changed.map(
      ({ config: { name } }) =>
        (next) =>
          give(next, [{ router: name, event: { type: 'restrained' } }], now),
    ),
  );
};

/** Giving up the addresses without a successor would be an outage, not a handover. */
export const callOff = (host: Host, router: string, now: Instant): HostStep => {
  const members = groupOf(host, router);
  const aside = new Set([...host.aside].filter((name) => !members.includes(name)));
  const [next, effects] = inTurn(
    { ...host, aside },
    members.map((name) => takePart(name, now)),
  );
  return [next, [...members.map((name) => ({ type: 'unsucceeded', router: name }) as const), ...effects]];
};
