// The rules that span several values: what clashes, what must exist elsewhere, what one setting forbids another.

import { type Finding, findRepeated, findRepeatedNames, type Item, isRecord, listAt, recordsAt } from './finding.ts';
import { checkServices } from './service-rules.ts';
import { parseDuration } from './units.ts';
import { parseCidr, suggestWord } from './values.ts';

// RFC 5798 section 5.2.7 (12 bits of centiseconds) and RFC 3768 section 5.3.7 (8 bits of seconds).
const checkInterval = ({ value, path }: Item): Finding[] => {
  const text = value.advertisement_interval;
  const span = typeof text === 'string' ? parseDuration(text) : undefined;
  if (span === undefined) return [];
  const isVersion2 = value.version === 2;
  const [step, max] = isVersion2 ? [1000, 255_000] : [10, 40_950];
  if (span >= step && span <= max && span % step === 0) return [];
  const expected = isVersion2 ? 'whole seconds from 1s to 255s' : '10ms to 40.95s in steps of 10ms';
  return [
    {
      path: [...path, 'advertisement_interval'],
      message: `VRRP version ${isVersion2 ? 2 : 3} carries intervals of ${expected}, not "${text}"`,
    },
  ];
};

// RFC 9568 section 6.1: the owner of the addresses always preempts.
const checkPreempt = ({ value, path }: Item): Finding[] =>
  value.preempt === false && value.priority === 255
    ? [
        {
          path: [...path, 'preempt'],
          message: 'a router of priority 255 owns its addresses and always preempts',
          other: [...path, 'priority'],
        },
      ]
    : [];

const checkRouters = (routers: readonly Item[]): Finding[] => [
  ...findRepeatedNames(routers, 'router'),
  ...findRepeated(
    routers.map(({ value, path }) => ({
      key:
        typeof value.virtual_router_id === 'number' && typeof value.interface === 'string'
          ? `${value.virtual_router_id} ${value.interface}`
          : undefined,
      path: [...path, 'virtual_router_id'],
      message: `virtual_router_id ${value.virtual_router_id} is used twice on ${value.interface}`,
    })),
  ),
  ...findRepeated(
    routers
      .flatMap((router) => listAt(router, 'addresses'))
      .map(({ value, path }) => {
        const address = parseCidr(value)?.address;
        return { key: address, path, message: `address ${address} is given twice` };
      }),
  ),
  ...routers.flatMap(checkInterval),
  ...routers.flatMap(checkPreempt),
];

const checkGroups = (groups: readonly Item[], routers: readonly Item[]): Finding[] => {
  const names = routers.flatMap(({ value }) => (typeof value.name === 'string' ? [value.name] : []));
  const members = groups
    .flatMap((group) => listAt(group, 'routers'))
    .flatMap(({ value, path }) => (typeof value === 'string' ? [{ name: value, path }] : []));
  return [
    ...findRepeatedNames(groups, 'group'),
    ...members
      .filter(({ name }) => !names.includes(name))
      .map(({ name, path }) => ({
        path,
        message: `no router is named "${name}"`,
        suggestion: suggestWord(name, names),
      })),
    ...findRepeated(
      members.map(({ name, path }) => ({ key: name, path, message: `router "${name}" is grouped twice` })),
    ),
  ];
};

/** Checks every rule on a document as it was written; values of a wrong shape are the schema's to refuse and pass here. */
export const checkRules = (document: unknown): Finding[] => {
  if (!isRecord(document)) return [];
  const root: Item = { value: document, path: [] };
  const vrrp: Item = { value: isRecord(document.vrrp) ? document.vrrp : {}, path: ['vrrp'] };
  const routers = recordsAt(vrrp, 'routers');
  return [
    ...checkRouters(routers),
    ...checkGroups(recordsAt(vrrp, 'groups'), routers),
    ...checkServices(root),
    ...findRepeatedNames(recordsAt(root, 'notifications'), 'notification'),
  ];
};
