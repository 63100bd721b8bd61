// Plans of a small configuration that is changed: two routers, and a service of two servers.

import assert from 'node:assert/strict';
import type { DirectorConfig } from '../../../../config/model/model.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { planChange } from '../../../../controller/plan.ts';
import { describeEffect } from '../../../../controller/plan-line.ts';
import type { Living } from '../../../../controller/planning/living.ts';
import type { RouterStatus } from '../../../../vrrp/status.ts';

export const text = `director: lb0
vrrp:
  routers:
    - { name: vip, interface: eth0, virtual_router_id: 51, priority: 150, addresses: [10.0.0.100/32] }
    - { name: gw, interface: eth0, virtual_router_id: 52, priority: 150, addresses: [10.0.0.101/32] }
virtual_services:
  - name: web
    address: 10.0.0.100:80
    real_servers:
      - { name: rs0, address: 10.1.0.1:80, weight: 100 }
      - { name: rs1, address: 10.1.0.2:80, weight: 100 }
`;
export const parse = (source: string): DirectorConfig => {
  const parsed = parseConfig(source, 'regent.yaml');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.config;
};
export const as = (state: RouterStatus['state'], master?: number): Living => ({
  routers: ['vip', 'gw'].map(
    (name) =>
      ({
        name,
        state,
        ...(master !== undefined && { master: { address: '10.0.0.9', priority: master } }),
      }) as RouterStatus,
  ),
  connectionsOf: (_, { name }) => (name === 'rs0' ? 12 : 3),
});
const plan = (change: (source: string) => string, living: Living = as('master')): string[] =>
  planChange(parse(text), parse(change(text)), living).map(
    (line) => `${describeEffect(line)}: ${line.subject} ${line.change}`,
  );
export const replace = (from: string | RegExp, to: string) => (source: string) => source.replace(from, to);

/** What is changed, how, in which state of the routers, and the lines of its plan. */
export type PlanRow = readonly [string, (source: string) => string, Living, readonly string[]];

/** To be called in a `describe`. */
export const testPlans = (rows: readonly PlanRow[]): void => {
  for (const [what, change, living, expected] of rows)
    it(`of ${what}`, () => assert.deepEqual(plan(change, living), expected));
};
