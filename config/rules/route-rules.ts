// Rules about routes and routing rules that span several values.

import { familyOf } from '../../net/ip-address.ts';
import { type Finding, findRepeated, present, type Route, type Router, type Rule } from './finding.ts';
import type { Places } from './places.ts';

type Networked = Pick<Route, 'to' | 'via' | 'source'> & Pick<Rule, 'from'>;

/** All addresses must have one family. */
const checkFamilies = (entry: Networked, fields: readonly (keyof Networked)[], places: Places): Finding[] => {
  const families = fields.flatMap((field) => {
    const value = entry[field];
    if (value === undefined || value === 'default') return [];
    return [{ field, family: familyOf(typeof value === 'string' ? value : value.address) }];
  });
  const [first, ...others] = families;
  return others
    .filter(({ family }) => family !== first?.family)
    .map(({ field }) => ({
      path: places.of(entry, field),
      message: `${field} is not of the family of ${first?.field}`,
      other: places.of(entry, first?.field),
    }));
};

const isOfIpv6 = ({ to, via }: Route): boolean =>
  [to === 'default' ? undefined : to?.address, via].some(
    (address) => address !== undefined && familyOf(address) === 'ipv6',
  );

const checkRoute = (route: Route, places: Places): Finding[] => {
  const { type } = route;
  const complain = (field: keyof Route, message: string): Finding => ({ path: places.of(route, field), message });
  const ways = (['via', 'interface'] as const).filter((field) => places.isGiven(route, field));
  return [
    ...checkFamilies(route, ['to', 'via', 'source'], places),
    ...(type === 'unicast' && ways.length === 0
      ? [{ path: places.of(route), message: 'a route needs via or interface' }]
      : []),
    ...(type === 'unicast' || type === undefined
      ? []
      : ways.map((field) => complain(field, `a route of type ${type} has no ${field}`))),
    ...(route.onLink === true && ways.length < 2 ? [complain('onLink', 'on_link needs via and interface')] : []),
    ...(isOfIpv6(route) && places.isGiven(route, 'scope') ? [complain('scope', 'an IPv6 route has no scope')] : []),
  ];
};

const checkRule = (rule: Rule, places: Places): Finding[] => [
  ...checkFamilies(rule, ['from', 'to'], places),
  ...(places.isGiven(rule, 'table') === places.isGiven(rule, 'type')
    ? [{ path: places.of(rule), message: 'a rule needs one of table and type' }]
    : []),
];

/** Checks the routes and rules of all routers. */
export const checkRouting = (routers: readonly Router[], places: Places): Finding[] => {
  const routes = routers.flatMap((router) => present(router.routes));
  const rules = routers.flatMap((router) => present(router.rules));
  return [
    ...routes.flatMap((route) => checkRoute(route, places)),
    ...rules.flatMap((rule) => checkRule(rule, places)),
    ...findRepeated(
      routes.map((route) => ({
        key: route.to && JSON.stringify([route.to, route.table, route.metric ?? null, isOfIpv6(route)]),
        path: places.of(route),
        message: `two routes to ${places.written(route, 'to')} in one table need a metric each`,
      })),
    ),
    ...findRepeated(
      rules.map((rule) => ({
        key: JSON.stringify(Object.entries(rule)),
        path: places.of(rule),
        message: 'the rule is given twice',
      })),
    ),
  ];
};
