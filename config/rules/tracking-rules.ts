// Rules about tracking that span several values: a tracked item must exist, and must be able to make a difference.

import type { Path } from '../source/position.ts';
import { type Finding, type Item, recordsAt, suggestFor } from './finding.ts';

/** Configured items by their key in a `track` entry: the path of their list, and the word for one of them. */
const lists = {
  script: ['scripts', 'script'],
  process: ['processes', 'process'],
  file: ['files', 'file'],
  bfd: ['bfd', 'BFD session'],
} as const;

const namesOf = (items: readonly Item[]): string[] =>
  items.flatMap(({ value }) => (typeof value.name === 'string' ? [value.name] : []));

const findRepeated = (items: readonly Item[], key: string, what: string): Finding[] => {
  const firsts = new Map<unknown, Path>();
  return items.flatMap(({ value, written, path }) => {
    if (value[key] === undefined) return [];
    const first = firsts.get(value[key]);
    if (first === undefined) {
      firsts.set(value[key], path);
      return [];
    }
    return [{ path: [...path, key], message: `${what} "${written[key]}" is used twice`, other: [...first, key] }];
  });
};

const checkNames = (entries: readonly Item[], kind: string, what: string, names: readonly string[]): Finding[] => {
  const known = new Set(names);
  return entries
    .flatMap(({ value, path }) => {
      const named = value[kind];
      return typeof named !== 'string' || known.has(named) ? [] : [{ named, path }];
    })
    .map(({ named, path }, index) => ({
      path: [...path, kind],
      message: `no ${what} is named "${named}"`,
      suggestion: suggestFor(index, named, names),
    }));
};

const checkPreemption = ({ value, path }: Item): Finding[] => {
  const { preempt_delay: delay } = value;
  if (delay === undefined || delay === 0) return [];
  const at = [...path, 'preempt_delay'];
  if (value.preempt === false) {
    return [{ path: at, message: 'there is no preemption to delay', other: [...path, 'preempt'] }];
  }
  // RFC 9568 section 6.1: the owner of the addresses always preempts, and at once.
  const message = 'a router of priority 255 owns its addresses and preempts at once';
  return value.priority === 255 ? [{ path: at, message, other: [...path, 'priority'] }] : [];
};

const checkOwner = (router: Item): Finding[] =>
  router.value.priority !== 255
    ? []
    : recordsAt(router, 'track').flatMap(({ value, path }) =>
        typeof value.weight !== 'number' || value.weight === 0
          ? []
          : [
              {
                path: [...path, 'weight'],
                message: 'the priority of an owner of addresses never changes, so weights do nothing',
                other: [...router.path, 'priority'],
              },
            ],
      );

const checkRepeated = (owner: Item): Finding[] =>
  Object.keys(lists)
    .concat('interface', 'service', 'route', 'neighbour')
    .flatMap((kind) => findRepeated(recordsAt(owner, 'track'), kind, kind))
    .map((finding) => ({ ...finding, message: finding.message.replace('is used twice', 'is tracked twice') }));

const checkDetector = ({ value, path }: Item): Finding[] =>
  value.bfd === undefined || value.weight !== 0
    ? []
    : [
        {
          path: [...path, 'weight'],
          message: 'the end of the other director would fault this one; without a weight the session detects that end',
        },
      ];

const checkAbsolute = (value: unknown, path: Path, what: string): Finding[] =>
  typeof value !== 'string' || value.startsWith('/')
    ? []
    : [{ path, message: `expected ${what} from the root, such as /usr/local/bin/check, not "${value}"` }];

// RFC 5880 section 4.1 counts microseconds in 32 bits; timers of this host cannot keep less than 10 ms.
const checkRate = ({ value, written, path }: Item): Finding[] =>
  ['min_tx', 'min_rx'].flatMap((key) => {
    const span = value[key];
    if (typeof span !== 'number' || (span >= 10 && span <= 60_000)) return [];
    return [{ path: [...path, key], message: `expected 10ms to 60s between packets, not "${written[key]}"` }];
  });

/** Checks the rules of tracking. @param vrrp the section of that name. */
export const checkTracking = (root: Item, vrrp: Item): Finding[] => {
  const routers = recordsAt(vrrp, 'routers');
  const owners = [...routers, ...recordsAt(vrrp, 'groups')];
  const entries = owners.flatMap((owner) => recordsAt(owner, 'track'));
  const services = namesOf(recordsAt(root, 'virtual_services'));
  return [
    ...Object.entries(lists).flatMap(([kind, [key, what]]) => [
      ...findRepeated(recordsAt(vrrp, key), 'name', `${what} name`),
      ...checkNames(entries, kind, what, namesOf(recordsAt(vrrp, key))),
    ]),
    ...checkNames(entries, 'service', 'virtual service', services),
    ...findRepeated(recordsAt(vrrp, 'bfd'), 'peer', 'peer'),
    ...recordsAt(vrrp, 'bfd').flatMap(checkRate),
    ...recordsAt(vrrp, 'scripts').flatMap(({ value, path }) =>
      Array.isArray(value.command) ? checkAbsolute(value.command[0], [...path, 'command', 0], 'a program') : [],
    ),
    ...recordsAt(vrrp, 'files').flatMap(({ value, path }) => checkAbsolute(value.path, [...path, 'path'], 'a path')),
    ...routers.flatMap(checkPreemption),
    ...routers.flatMap(checkOwner),
    ...owners.flatMap(checkRepeated),
    ...entries.flatMap(checkDetector),
  ];
};
