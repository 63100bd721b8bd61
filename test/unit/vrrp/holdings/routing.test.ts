// Routes and rules that a master has: their order, whose they are, and that a refusal is told once.

import assert from 'node:assert/strict';
import type { RouterConfig } from '../../../../config/model/model.ts';
import type { Change } from '../../../../kernel/diff.ts';
import { ownProtocol, type RouteEntry, routeKey } from '../../../../kernel/route/virtual-routes.ts';
import type { RuleEntry } from '../../../../kernel/route/virtual-rules.ts';
import { ip } from '../../../../net/ip-address.ts';
import type { VrrpEventBody } from '../../../../vrrp/events.ts';
import type { Standing } from '../../../../vrrp/holdings/desired.ts';
import { createRouting, type RoutingOccasion, routingKeys } from '../../../../vrrp/holdings/routing.ts';
import { master, config as plain } from '../one-router.ts';

const route: RouterConfig['routes'][number] = {
  family: 'ipv4',
  to: ip('0.0.0.0'),
  prefixLength: 0,
  type: 'unicast',
  via: ip('10.0.0.2'),
  table: 254,
  metric: 0,
};
const rule: RuleEntry = { family: 'ipv4', priority: 1, action: 'table', table: 100 };
const config: RouterConfig = { ...plain, name: 'vip', routes: [route], rules: [rule] };

describe('the routes and rules of a master', () => {
  let standing: Standing;
  let routes: RouteEntry[];
  let rules: RuleEntry[];
  let remembered: Set<string>;
  let done: string[];
  let told: VrrpEventBody[];
  let refusal: { message: string } | undefined;
  let lists: number;
  beforeEach(() => {
    standing = { config, state: master };
    [routes, rules, done, told] = [[], [], [], []];
    remembered = new Set();
    refusal = undefined;
    lists = 0;
  });
  const make = (routers: readonly RouterConfig[] = [config]) => {
    const table = <Entry>(name: string, list: () => readonly Entry[]) => ({
      list: () => {
        lists += 1;
        return list();
      },
      apply: (changes: readonly Change<Entry>[]) => {
        done.push(...changes.map(({ type }) => `${type} ${name}`));
        return changes.map((change) => ({ change, error: refusal }));
      },
    });
    const routing = createRouting({
      routers,
      ports: {
        routes: table('route', () => routes),
        rules: table('rule', () => rules),
        remembered: () => remembered,
      },
      emit: (event) => void told.push(event),
    });
    const standings = () => routers.map((each) => ({ ...standing, config: each }));
    return {
      ...routing,
      shed: (occasion: RoutingOccasion) => routing.shed(standings(), occasion),
      raise: (occasion: RoutingOccasion) => routing.raise(standings(), occasion),
    };
  };
  const own: RouteEntry = { ...route, protocol: ownProtocol, interface: 'eth0', scope: 'global' };
  const resign = (): void => {
    standing = { config, state: { name: 'initialize' } };
    [routes, rules] = [[own], [rule]];
  };

  it('are added, routes first', () => {
    make().raise('transition');
    assert.deepEqual(done, ['add route', 'add rule']);
  });
  it('are removed, rules first', () => {
    resign();
    const routing = make();
    routing.raise('transition');
    assert.deepEqual(done, []);
    routing.shed('transition');
    assert.deepEqual(done, ['remove rule', 'remove route']);
  });
  it('stay as they are while they are as wanted', () => {
    [routes, rules] = [[own], [rule]];
    make().raise('repair');
    assert.deepEqual(done, []);
  });
  for (const change of [{ via: ip('10.0.0.3') }, { mtu: 1400 }, { scope: 'link' }, { protocol: 18 }] as const)
    it(`are changed where ${JSON.stringify(change)} differs`, () => {
      [routes, rules] = [[{ ...own, ...change }], [rule]];
      make().raise('repair');
      assert.deepEqual(done, ['update route']);
    });
  it('are removed where an earlier configuration named them, and else left alone', () => {
    const other: RouteEntry = { ...own, to: ip('192.0.2.0'), prefixLength: 24 };
    routes = [other];
    make().shed('start');
    assert.deepEqual(done, []);
    remembered = new Set([routeKey(other)]);
    make([{ ...config, routes: [], rules: [] }]).shed('start');
    assert.deepEqual(done, ['remove route']);
    assert.deepEqual(told.at(-1), {
      type: 'routing',
      router: '',
      kind: 'route',
      entry: '192.0.2.0/24 via 10.0.0.2 on eth0',
      change: 'cleared',
    });
  });
  it('are not even looked at where there are none', () => {
    const routing = make([plain]);
    routing.shed('transition');
    routing.raise('transition');
    assert.equal(lists, 0);
  });
  it('are told of as put back when somebody removed them', () => {
    make().raise('repair');
    assert.deepEqual(
      told.map((event) => event.type === 'routing' && `${event.router} ${event.kind} ${event.change}`),
      ['vip route restored', 'vip rule restored'],
    );
  });
  it('that are refused are told of once for each reason', () => {
    refusal = { message: 'Cannot' };
    const routing = make();
    routing.raise('transition');
    routing.raise('repair');
    assert.deepEqual(
      told.map(({ type }) => type),
      ['kernel-error', 'kernel-error'],
    );
    refusal = { message: 'Cannot either' };
    routing.raise('repair');
    assert.equal(told.length, 4);
  });
  it('are remembered by what makes them the ones they are', () =>
    assert.deepEqual(routingKeys([config]), ['route ipv4 254 0.0.0.0/0 0', 'rule ipv4 1: from all lookup 100']));
});
