// Rules about routes and routing rules that span several values.

import { networkOf } from '../../net/cidr.ts';
import { type Family, familyOf } from '../../net/ip-address.ts';
import { readCidr } from '../schema/values.ts';
import { type Finding, findRepeated, type Item, recordsAt } from './finding.ts';

/** All addresses must have one family. */
const checkFamilies = ({ written: value, path }: Item, keys: readonly string[]): Finding[] => {
  const families = keys.flatMap((key): { key: string; family: Family }[] => {
    const address = readCidr(value[key])?.address;
    return address === undefined ? [] : [{ key, family: familyOf(address) }];
  });
  const [first, ...others] = families;
  return others
    .filter(({ family }) => family !== first?.family)
    .map(({ key }) => ({
      path: [...path, key],
      message: `${key} is not of the family of ${first?.key}`,
      other: [...path, first?.key ?? ''],
    }));
};

/** A network has no bits set after its prefix: the kernel refuses such a route, and lists such a rule as another. */
const checkNetworks = ({ written: value, path }: Item, keys: readonly string[]): Finding[] =>
  keys.flatMap((key) => {
    const cidr = readCidr(value[key]);
    const start = cidr === undefined ? undefined : networkOf(cidr);
    return start === undefined || start === cidr?.address
      ? []
      : [
          {
            path: [...path, key],
            message: `${value[key]} is an address within its network`,
            suggestion: `${start}/${cidr?.prefixLength}`,
          },
        ];
  });

const checkRoute = (route: Item): Finding[] => {
  const { written: value, path } = route;
  const { type } = route.value;
  const leads = type === 'unicast';
  const ways = ['via', 'interface'].filter((key) => key in value);
  const isIpv6 = [value.to, value.via].some((text) => typeof text === 'string' && text.includes(':'));
  return [
    ...checkFamilies(route, ['to', 'via', 'source']),
    ...checkNetworks(route, ['to']),
    ...(leads && ways.length === 0 ? [{ path, message: 'a route needs via or interface' }] : []),
    ...(leads ? [] : ways.map((key) => ({ path: [...path, key], message: `a route of type ${type} has no ${key}` }))),
    ...(value.on_link === true && !('via' in value && 'interface' in value)
      ? [{ path: [...path, 'on_link'], message: 'on_link needs via and interface' }]
      : []),
    ...(isIpv6 && 'scope' in value ? [{ path: [...path, 'scope'], message: 'an IPv6 route has no scope' }] : []),
  ];
};

const checkRule = (rule: Item): Finding[] => {
  const { written: value, path } = rule;
  return [
    ...checkFamilies(rule, ['from', 'to']),
    ...checkNetworks(rule, ['from', 'to']),
    ...('table' in value === 'type' in value ? [{ path, message: 'a rule needs one of table and type' }] : []),
  ];
};

const textOf = ({ value }: Item, keys: readonly string[]): string =>
  JSON.stringify(keys.map((key) => value[key] ?? null));

/** Checks the routes and rules of all routers. */
export const checkPaths = (routers: readonly Item[]): Finding[] => {
  const routes = routers.flatMap((router) => recordsAt(router, 'routes'));
  const rules = routers.flatMap((router) => recordsAt(router, 'rules'));
  return [
    ...routes.flatMap(checkRoute),
    ...rules.flatMap(checkRule),
    ...findRepeated(
      routes.map((route) => {
        const { to, via } = route.written;
        const family = [to, via].some((text) => typeof text === 'string' && text.includes(':'));
        const key = typeof to === 'string' ? `${textOf(route, ['to', 'table', 'metric'])} ${family}` : undefined;
        return { key, path: route.path, message: `two routes to ${to} in one table need a metric each` };
      }),
    ),
    ...findRepeated(
      rules.map((rule) => ({
        key: textOf(rule, ['from', 'to', 'interface', 'mark', 'table', 'type', 'priority', 'family']),
        path: rule.path,
        message: 'the rule is given twice',
      })),
    ),
  ];
};
