// Rules about tracking that span several values: a tracked item must exist, and must be able to make a difference.

import { trackedKinds } from '../schema/tracking-keys.ts';
import {
  checkProgram,
  type Director,
  type Finding,
  findRepeated,
  findRepeatedNames,
  present,
  type Router,
  suggestFor,
  type Track,
} from './finding.ts';
import type { Places } from './places.ts';

type Kind = (typeof trackedKinds)[number];
type Named = { readonly name?: string | undefined };

const checkNames = (
  entries: readonly Track[],
  kind: Kind,
  what: string,
  items: readonly Named[],
  places: Places,
): Finding[] => {
  const names = items.flatMap(({ name }) => name ?? []);
  const known = new Set(names);
  return entries
    .flatMap((entry) => {
      const named = entry[kind];
      return named === undefined || known.has(named) ? [] : [{ named, path: places.of(entry, kind) }];
    })
    .map(({ named, path }, index) => ({
      path,
      message: `no ${what} is named "${named}"`,
      suggestion: suggestFor(index, named, names),
    }));
};

const checkPreemption = (router: Router, places: Places): Finding[] => {
  const { preemptDelay, preempt, priority } = router;
  if (preemptDelay === undefined || preemptDelay === 0) return [];
  const path = places.of(router, 'preemptDelay');
  if (preempt === false)
    return [{ path, message: 'there is no preemption to delay', other: places.of(router, 'preempt') }];
  // RFC 9568 section 6.1: the owner of the addresses always preempts, and at once.
  const message = 'a router of priority 255 owns its addresses and preempts at once';
  return priority === 255 ? [{ path, message, other: places.of(router, 'priority') }] : [];
};

const checkOwner = (router: Router, places: Places): Finding[] =>
  router.priority !== 255
    ? []
    : present(router.track)
        .filter(({ weight = 0 }) => weight !== 0)
        .map((entry) => ({
          path: places.of(entry, 'weight'),
          message: 'the priority of an address owner never changes, so a weight has no effect',
          other: places.of(router, 'priority'),
        }));

const findRepeatedItems = (entries: readonly Track[], places: Places): Finding[] =>
  trackedKinds.flatMap((kind) =>
    findRepeated(
      entries.map((entry) => ({
        key: entry[kind],
        path: places.of(entry, kind),
        message: `${kind} "${places.written(entry, kind)}" is tracked twice`,
      })),
    ),
  );

const checkDetector = (entry: Track, places: Places): Finding[] =>
  entry.bfd === undefined || entry.weight !== 0
    ? []
    : [
        {
          path: places.of(entry, 'weight'),
          message:
            'with weight 0 the end of the other director faults this router; without a weight this router takes over at once',
        },
      ];

/** Checks the rules of tracking. */
export const checkTracking = ({ vrrp = {}, virtualServices }: Director, places: Places): Finding[] => {
  const routers = present(vrrp.routers);
  const lists = [...routers, ...present(vrrp.groups)].map(({ track }) => present(track));
  const entries = lists.flat();
  const sessions = present(vrrp.bfd);
  const items: [kind: Kind, what: string, items: readonly Named[]][] = [
    ['script', 'script', present(vrrp.scripts)],
    ['process', 'process', present(vrrp.processes)],
    ['file', 'file', present(vrrp.files)],
    ['bfd', 'BFD session', sessions],
  ];
  return [
    ...items.flatMap(([kind, what, named]) => [
      ...findRepeatedNames(named, what, places),
      ...checkNames(entries, kind, what, named, places),
    ]),
    ...checkNames(entries, 'service', 'virtual service', present(virtualServices), places),
    ...findRepeated(
      sessions.map((session) => ({
        key: session.peer,
        path: places.of(session, 'peer'),
        message: `peer "${places.written(session, 'peer')}" is used twice`,
      })),
    ),
    ...present(vrrp.scripts).flatMap(({ command }) => checkProgram(command, places)),
    ...routers.flatMap((router) => [...checkPreemption(router, places), ...checkOwner(router, places)]),
    ...lists.flatMap((list) => findRepeatedItems(list, places)),
    ...entries.flatMap((entry) => checkDetector(entry, places)),
  ];
};
