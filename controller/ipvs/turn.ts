// Plans one turn: what IPVS should hold of some services now, and which servers are leaving. Pure.

import { type Instant, later } from '../../base/units.ts';
import { defaultDrainTimeout } from '../../config/schema/service-keys.ts';
import type { IpvsContent } from '../../kernel/ipvs/changes.ts';
import {
  type DestinationEntry,
  type DestinationState,
  destinationKey,
  type ServiceEntry,
  serviceKey,
} from '../../kernel/ipvs/entries.ts';
import { desiredWeight, livingConnections } from './desired.ts';
import type { Leaving } from './drain-watch.ts';
import type { NamedService, PlanMemory } from './named-service.ts';
import type { Duty, ServiceJudgement } from './service-judgement.ts';

/** The kernel's entries that are regent's or belong to its services. */
export type IpvsContents = {
  readonly services: readonly ServiceEntry[];
  readonly destinations: readonly DestinationState[];
};

export type TurnPlan = {
  readonly desired: IpvsContent;
  readonly leaving: readonly Leaving[];
  readonly memory: PlanMemory;
};

const leavingOf = (
  duty: Duty,
  state: DestinationState,
  weight: number | undefined,
  name: string,
): readonly Leaving[] => {
  if (duty.name !== 'leave' || duty.isInhibited) return [];
  const { why, since, deadline } = duty;
  const key = destinationKey(state);
  return [
    {
      key,
      name,
      why,
      since,
      ...(deadline !== undefined && { deadline }),
      connections: livingConnections(state),
      isLast: weight === undefined,
    },
  ];
};

/**
 * Plans a turn of these services alone.
 * @param actual the kernel's entries of these services, and no others
 * @param isOurs whether an entry may be changed and removed, by its key
 */
export const planTurn = (
  services: readonly NamedService[],
  judgements: ReadonlyMap<string, ServiceJudgement>,
  actual: IpvsContents,
  isOurs: (key: string) => boolean,
  before: PlanMemory,
  now: Instant,
): TurnPlan => {
  const held = new Map(actual.destinations.map((state) => [destinationKey(state), state]));
  const leaving: Leaving[] = [];
  const decide = (duty: Duty, state: DestinationState | undefined, name: string): number | undefined => {
    const weight = desiredWeight(duty, state, now);
    if (state !== undefined) leaving.push(...leavingOf(duty, state, weight, name));
    return weight;
  };

  /** Entries of services without a configured server that takes connections. */
  const unserved = new Set<string>();
  const configured = services.flatMap(({ service, entries, destinations }) => {
    const duties = judgements.get(service.name)?.duties ?? new Map<string, Duty>();
    const serves = [...duties.values()].some((duty) => duty.name === 'serve' && duty.weight > 0);
    if (!serves && destinations.length > 0) for (const { key } of entries) unserved.add(key);
    return destinations.flatMap(({ server, key, entry }) => {
      const weight = decide(duties.get(server.name) ?? { name: 'await' }, held.get(key), server.name);
      if (weight === undefined) return [];
      return weight === entry.weight ? [entry] : [{ ...entry, weight }];
    });
  });

  const names = new Set(services.flatMap(({ destinations }) => destinations.map(({ key }) => key)));
  const retiredSince = new Map<string, Instant>();
  const retired = actual.destinations.flatMap((state): DestinationEntry[] => {
    const key = destinationKey(state);
    if (names.has(key) || !isOurs(key)) return [];
    // Its replacement is not probed yet, or has failed: removing it would refuse clients.
    if (unserved.has(serviceKey(state.service)) && state.weight > 0) return [state];
    const since = before.retiredSince.get(key) ?? now;
    retiredSince.set(key, since);
    const deadline = later(since, before.drainTimeouts.get(serviceKey(state.service)) ?? defaultDrainTimeout);
    const duty: Duty = { name: 'leave', why: 'no longer configured', since, deadline };
    const weight = decide(duty, state, before.names.get(key) ?? '-');
    return weight === undefined ? [] : [{ ...state, weight }];
  });

  const entries = services.flatMap((one) => one.entries);
  const wanted = entries.map(({ entry }) => entry);
  const wantedKeys = new Set(entries.map(({ key }) => key));
  const busy = new Set(retired.map(({ service }) => serviceKey(service)));
  // An unconfigured service stays until its last destination has drained.
  const ending = actual.services.filter((entry) => !wantedKeys.has(serviceKey(entry)) && busy.has(serviceKey(entry)));
  return {
    desired: { services: [...wanted, ...ending], destinations: [...configured, ...retired] },
    leaving,
    memory: { ...before, retiredSince },
  };
};
