// A line of a plan: what changes, and what that costs the traffic.

import { unreachable } from '../base/unreachable.ts';

/** Nothing that flows is disturbed; established connections are cut; or a router changes its master, or may. */
export type Effect = 'hitless' | 'cuts' | 'election';

export type PlanLine = {
  /** `router vip`, `service web`, `real server rs0 of web`, `log`. */
  readonly subject: string;
  readonly change: string;
  readonly effect: Effect;
  /** How many living connections are cut. */
  readonly connections?: number;
};

export type Plan = readonly PlanLine[];

/** As people read it. */
export const describeEffect = ({ effect, connections }: PlanLine): string => {
  switch (effect) {
    case 'hitless':
      return 'hitless';
    case 'cuts':
      return `cuts ${connections} live connections`;
    case 'election':
      return 'triggers an election';
    default:
      return unreachable(effect);
  }
};
