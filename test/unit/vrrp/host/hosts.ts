// Hosts for tests: two routers of one sync group and a single one, and what happens to them in a row.

import { milliseconds } from '../../../../base/units.ts';
import type { VrrpConfig } from '../../../../config/model/model.ts';
import { ip } from '../../../../net/ip-address.ts';
import type { RouterEvent } from '../../../../vrrp/election/router-state.ts';
import type { HostEffect } from '../../../../vrrp/host/effect.ts';
import { type Beginning, beginHost, type Host, stateOf } from '../../../../vrrp/host/host.ts';
import { type HostInput, stepHost } from '../../../../vrrp/host/step.ts';
import type { PriorityJudgement } from '../../../../vrrp/tracking/judgement.ts';
import { at, config as router } from '../one-router.ts';

export const config: VrrpConfig = {
  routers: [
    { ...router, name: 'a' },
    { ...router, name: 'b', virtualRouterId: 52 },
    { ...router, name: 'c', virtualRouterId: 53 },
  ],
  groups: [{ name: 'pair', routers: ['a', 'b'], track: [] }],
  scripts: [],
  processes: [],
  files: [],
  bfd: [],
  hold: milliseconds(0),
  announceRate: 500,
};

export const source = ip('10.0.0.1');
export const sound: PriorityJudgement = { base: 128, effective: 128, faults: [], awaited: [], changes: [] };

export const begin = (change: Partial<Beginning> = {}): Host =>
  beginHost(config, { predecessors: new Map(), judgementOf: () => sound, aside: [], heldBack: undefined, ...change });

/** Gives the inputs at their instants, in milliseconds. @returns the host, and all effects. */
export const run = (
  host: Host,
  ...inputs: readonly (readonly [number, HostInput])[]
): readonly [Host, readonly HostEffect[]] => {
  const effects: HostEffect[] = [];
  let last = host;
  for (const [now, input] of inputs) {
    const [next, more] = stepHost(last, input, at(now));
    last = next;
    effects.push(...more);
  }
  return [last, effects];
};

export const attach = (...names: readonly string[]): (readonly [number, HostInput])[] =>
  names.map((name) => [0, { type: 'attached', router: name, source }]);

export const due: HostInput = { type: 'due', stood: milliseconds(0) };

export const event = (name: string, one: RouterEvent): HostInput => ({
  type: 'events',
  inputs: [{ router: name, event: one }],
});

export const states = (host: Host): string => ['a', 'b', 'c'].map((name) => stateOf(host, name).name).join(' ');

/** Effects as text: what each router does, and its change of state. */
export const told = (effects: readonly HostEffect[]): string[] =>
  effects.flatMap((effect) => {
    if (effect.type === 'waits') return [`${effect.router} waits: ${effect.obstacle}`];
    if (effect.type === 'unsucceeded') return [`${effect.router} has no successor`];
    if (effect.type !== 'act') return [];
    const actions = effect.actions.map((action) => {
      if (action.type === 'reconcile') return 'reconcile';
      return action.type === 'advertise' ? `${action.router} sends ${action.priority}` : `${action.router} announces`;
    });
    const changes = effect.transitions.map(({ router: name, from, to }) => `${name} ${from.name}>${to.name}`);
    return [[...actions, ...changes].join(', ')];
  });

/** All three are masters, since 3500 ms. */
export const masters = (): Host => run(begin(), ...attach('a', 'b', 'c'), [3500, due])[0];
