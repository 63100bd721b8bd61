// Routers, states and events of the election's tests, and rows of them: from a state, by an event, to a state.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import { ip } from '../../../../net/ip-address.ts';
import { step } from '../../../../vrrp/election/election.ts';
import type { Self } from '../../../../vrrp/election/parameters.ts';
import type { Action, RouterEvent, RouterState } from '../../../../vrrp/election/router-state.ts';

type In<Name extends RouterState['name']> = Extract<RouterState, { readonly name: Name }>;
export const at = (value: number): Instant => value as Instant;
/** Skew 500 ms, master down 3500 ms. */
export const self: Self = {
  version: 3,
  priority: 128,
  interval: milliseconds(1000),
  downAfter: 3,
  preempt: true,
  primaryAddress: ip('10.0.0.2'),
};
export const owner: Self = { ...self, priority: 255 };
export const masterInterval = self.interval;
export const heard = (priority: number, source = ip('10.0.0.1'), interval = 1000): RouterEvent => ({
  type: 'advertisement',
  source,
  priority,
  interval: milliseconds(interval),
});
export const timer: RouterEvent = { type: 'timer' };
export const initialize: In<'initialize'> = { name: 'initialize' };
export const backup: In<'backup'> = { name: 'backup', deadline: at(3500), masterInterval };
export const candidate: In<'candidate'> = { name: 'candidate', masterInterval };
export const master: In<'master'> = { name: 'master', deadline: at(1000), lastSent: at(0) };
export const patient: Self = { ...self, preempt: false };
export const delayed: Self = { ...self, preemptDelay: milliseconds(2000) };
export const lesser = { address: ip('10.0.0.1'), priority: 100 };
export const borneWith = (now: number, preemptAt: number): In<'backup'> => ({
  name: 'backup',
  deadline: at(Math.min(now + 3500, preemptAt)),
  masterInterval,
  master: lesser,
  lastHeard: at(now),
  outranked: lesser,
  preemptAt: at(preemptAt),
});
export const contested = (until: number): In<'master'> => ({
  name: 'master',
  deadline: at(1300),
  lastSent: at(300),
  contest: {
    peer: { address: ip('10.0.0.9'), priority: 200 },
    interval: masterInterval,
    heardAt: at(300),
    until: at(until),
  },
});
export const leaving: In<'leaving'> = { name: 'leaving', deadline: at(2000) };
export const reconcile: Action = { type: 'reconcile' };
export const announce: Action = { type: 'announce' };
export const advertise: Action = { type: 'advertise', priority: 128 };
export const farewell: Action = { type: 'advertise', priority: 0 };
export const listenedTo = { address: ip('10.0.0.1'), priority: 200 };
export const learned = (now: number, priority: number, address = ip('10.0.0.1'), interval = 1000): In<'backup'> => ({
  name: 'backup',
  deadline: at(now + 3.5 * interval),
  masterInterval: milliseconds(interval),
  master: { address, priority },
  lastHeard: at(now),
});
type Row = {
  readonly name: string;
  readonly self?: Self;
  readonly from: RouterState;
  readonly event: RouterEvent;
  readonly now?: number;
  readonly to: RouterState;
  readonly actions?: readonly Action[];
};

/** Describes rules by section: each row is a test. */
export const describeRules = (rules: Readonly<Record<string, readonly Row[]>>): void => {
  for (const [section, rows] of Object.entries(rules))
    describe(section, () => {
      for (const { name, self: router = self, from, event, now = 0, to, actions = [] } of rows)
        it(name, () => assert.deepEqual(step(router, from, event, at(now)), [to, actions]));
    });
};
