// The tracked items of this host: takes their states, tells their changes, and says which routers are judged otherwise.

import type { Clock, Instant } from '../../base/units.ts';
import type { VrrpConfig } from '../../config/model/model.ts';
import type { VrrpEventBody } from '../events.ts';
import type { Interface, Ports } from '../ports.ts';
import type { ItemState, PriorityJudgement } from './judgement.ts';
import { createTracker, type Outcome, type Rejudged, type TrackedStatus } from './tracker.ts';

export type TrackingOptions = {
  readonly config: VrrpConfig;
  readonly ports: Pick<Ports, 'interfaces'> & { readonly clock: Clock };
  readonly known?: ReadonlyMap<string, ItemState> | undefined;
  readonly emit: (event: VrrpEventBody) => void;
};

export type Tracking = {
  readonly judgementOf: (router: string) => PriorityJudgement;
  readonly trackedBy: (router: string) => readonly TrackedStatus[];
  /** The routers for which a session detects the loss of their master. */
  readonly watchersOf: (session: string) => readonly string[];
  /** Takes new states of items. @returns the routers whose judgement they have changed. */
  readonly report: (states: ReadonlyMap<string, ItemState>) => readonly Rejudged[];
  /** Looks at the tracked interfaces. */
  readonly look: () => readonly Rejudged[];
  /** Lets pending states count once they are due. */
  readonly settle: () => readonly Rejudged[];
  readonly next: () => Instant | undefined;
  readonly known: () => ReadonlyMap<string, ItemState>;
};

const interfaceState = (link: Interface | undefined): ItemState => {
  if (link === undefined) return { state: 'down', reason: 'is missing' };
  if (link.up) return { state: 'up', reason: 'is up' };
  return { state: 'down', reason: link.enabled === false ? 'is set down' : 'has no carrier' };
};

export const createTracking = (options: TrackingOptions): Tracking => {
  const { config, ports, emit } = options;
  const tracker = createTracker(config, options.known);
  const interfaces = tracker.named('interface');

  const report = ({ changed, rejudged }: Outcome): readonly Rejudged[] => {
    for (const { item, state } of changed) {
      if (state.state !== 'unknown') emit({ type: 'tracked', item, state: state.state, reason: state.reason });
    }
    for (const { router, before, after, causes } of rejudged) {
      if (before.effective === after.effective) continue;
      emit({ type: 'priority', router, from: before.effective, to: after.effective, reasons: causes });
    }
    return rejudged;
  };

  return {
    judgementOf: tracker.judgementOf,
    trackedBy: tracker.trackedBy,
    watchersOf: (session) =>
      config.routers.flatMap(({ name }) => (tracker.detectorsOf(name).includes(session) ? name : [])),
    report: (states) => report(tracker.report(states, ports.clock())),
    look: () => {
      if (interfaces.length === 0) return [];
      const links = new Map(ports.interfaces().map((link) => [link.name, link]));
      const states = new Map(interfaces.map((name) => [`interface ${name}`, interfaceState(links.get(name))]));
      return report(tracker.report(states, ports.clock()));
    },
    settle: () => report(tracker.settle(ports.clock())),
    next: tracker.next,
    known: tracker.known,
  };
};
