// One line of a plan: the subject, what happens to it, and the cost.

import { unreachable } from '../base/unreachable.ts';

/**
 * Traffic is not disturbed; new connections are refused for a moment; established connections are cut; a router changes its
 * master, or may; or the whole configuration is refused.
 */
export type Effect = 'hitless' | 'refuses' | 'cuts' | 'election' | 'refused';

export type PlanLine = {
  /** `router vip`, `service web`, `real server rs0 of web`, `log`. */
  readonly subject: string;
  readonly change: string;
  readonly effect: Effect;
  /** Living connections that are cut; absent where they are not counted. */
  readonly connections?: number;
};

export type Plan = readonly PlanLine[];

export const hitless = (subject: string, change: string): PlanLine => ({ subject, change, effect: 'hitless' });

export const cut = (subject: string, change: string, connections: number): PlanLine =>
  connections === 0 ? hitless(subject, change) : { subject, change, effect: 'cuts', connections };

export const describeEffect = ({ effect, connections }: PlanLine): string => {
  switch (effect) {
    case 'hitless':
      return 'hitless';
    case 'refuses':
      return 'refuses new connections for a moment';
    case 'cuts':
      return connections === undefined ? 'cuts connections' : `cuts ${connections} live connections`;
    case 'election':
      return 'triggers an election';
    case 'refused':
      return 'is refused';
    default:
      return unreachable(effect);
  }
};
