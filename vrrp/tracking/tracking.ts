// Makes the routers follow what they track: new priorities, faults and their ends, each with its reason.

import type { Clock, Instant } from '../../base/units.ts';
import type { VrrpConfig } from '../../config/model/model.ts';
import type { VrrpEventBody } from '../events.ts';
import type { Interface, Ports } from '../ports.ts';
import type { ItemState, PriorityJudgement } from './judgement.ts';
import { createTracker, type Outcome, type TrackedStatus } from './tracker.ts';

export type TrackingOptions = {
  readonly config: VrrpConfig;
  readonly ports: Pick<Ports, 'interfaces'> & { readonly clock: Clock };
  readonly known?: ReadonlyMap<string, ItemState> | undefined;
  readonly emit: (event: VrrpEventBody) => void;
  /** The priorities of these routers have changed; `before` has the old ones. */
  readonly onPriorities: (before: ReadonlyMap<string, number>) => void;
  readonly onFault: (router: string, reason: string) => void;
  /** A router that could not run, or waited for the state of an item, may start. */
  readonly onReady: (router: string) => void;
};

export type Tracking = {
  readonly judgementOf: (router: string) => PriorityJudgement;
  readonly trackedBy: (router: string) => readonly TrackedStatus[];
  /** Why the router must not start now; undefined if it may. */
  readonly obstacleOf: (router: string) => string | undefined;
  /** The routers for which a session detects the loss of their master. */
  readonly watchersOf: (session: string) => readonly string[];
  readonly report: (states: ReadonlyMap<string, ItemState>) => void;
  /** Looks at the tracked interfaces. */
  readonly look: () => void;
  readonly settle: () => void;
  readonly next: () => Instant | undefined;
  readonly known: () => ReadonlyMap<string, ItemState>;
};

const interfaceState = (link: Interface | undefined): ItemState => {
  if (link === undefined) return { state: 'down', reason: 'is missing' };
  if (link.up) return { state: 'up', reason: 'is up' };
  return { state: 'down', reason: link.enabled === false ? 'is set down' : 'has no carrier' };
};

const obstacleIn = ({ faults, awaited }: PriorityJudgement): string | undefined => {
  if (faults.length > 0) return faults.join('; ');
  return awaited.length > 0 ? `waits, because ${awaited.join('; ')}` : undefined;
};

export const createTracking = (options: TrackingOptions): Tracking => {
  const { config, ports, emit, onPriorities, onFault, onReady } = options;
  const tracker = createTracker(config, options.known);
  const interfaces = tracker.named('interface');

  const follow = ({ changed, rejudged }: Outcome): void => {
    for (const { item, state } of changed) {
      if (state.state !== 'unknown') emit({ type: 'tracked', item, state: state.state, reason: state.reason });
    }
    const priorities = rejudged.filter(({ before, after }) => before.effective !== after.effective);
    for (const { router, before, after, causes } of priorities) {
      emit({ type: 'priority', router, from: before.effective, to: after.effective, reasons: causes });
    }
    if (priorities.length > 0) {
      onPriorities(new Map(priorities.map(({ router, before }) => [router, before.effective])));
    }
    for (const { router, before, after } of rejudged) {
      if (after.faults.length > 0 && before.faults.length === 0) onFault(router, after.faults.join('; '));
      else if (obstacleIn(before) !== undefined && obstacleIn(after) === undefined) onReady(router);
    }
  };

  return {
    judgementOf: tracker.judgementOf,
    trackedBy: tracker.trackedBy,
    obstacleOf: (router) => obstacleIn(tracker.judgementOf(router)),
    watchersOf: (session) =>
      config.routers.flatMap(({ name }) => (tracker.detectorsOf(name).includes(session) ? name : [])),
    report: (states) => follow(tracker.report(states, ports.clock())),
    look: () => {
      if (interfaces.length === 0) return;
      const links = new Map(ports.interfaces().map((link) => [link.name, link]));
      const states = new Map(interfaces.map((name) => [`interface ${name}`, interfaceState(links.get(name))]));
      follow(tracker.report(states, ports.clock()));
    },
    settle: () => follow(tracker.settle(ports.clock())),
    next: tracker.next,
    known: tracker.known,
  };
};
