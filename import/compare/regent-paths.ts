// regent's routes and rules, in the words of keepalived's. Pure.

import type { VirtualRoute, VirtualRule } from '../../config/model/model.ts';
import { sorted } from './facts.ts';
import { networkText } from './keepalived-paths.ts';

// The kernel's metric of a route without one is 0 for IPv4 and 1024 for IPv6.
const mainTable = 254;

const present = (name: string, value: string | number | undefined): readonly string[] =>
  value === undefined ? [] : [`${name} ${value}`];

const routeText = (route: VirtualRoute): string => {
  const { to, prefixLength, type, via, source, table, metric, scope, onLink, mtu } = route;
  const words = [
    ...present('via', via),
    ...present('dev', route.interface),
    ...present('source', source),
    ...(table === mainTable ? [] : [`table ${table}`]),
    ...(metric === 0 || metric === 1024 ? [] : [`metric ${metric}`]),
    ...present('scope', scope),
    ...present('mtu', mtu),
    ...(onLink === true ? ['onlink'] : []),
  ];
  return [...(type === 'unicast' ? [] : [type]), networkText(`${to}/${prefixLength}`), ...words.sort()].join(' ');
};

const ruleText = ({ family, priority, from, to, interface: input, mark, action, table }: VirtualRule): string => {
  const words = [
    ...(from === undefined ? [] : [`from ${networkText(`${from.address}/${from.prefixLength}`)}`]),
    ...(to === undefined ? [] : [`to ${networkText(`${to.address}/${to.prefixLength}`)}`]),
    `priority ${priority}`,
    ...present('iif', input),
    ...present('mark', mark),
    action === 'table' ? `table ${table}` : action,
  ];
  return [family === 'ipv6' ? 'IPv6' : 'IPv4', ...words.sort()].join(' ');
};

export const routeTexts = (routes: readonly VirtualRoute[]): string => sorted(routes.map(routeText));
export const ruleTexts = (rules: readonly VirtualRule[]): string => sorted(rules.map(ruleText));
