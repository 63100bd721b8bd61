// The FIFOs of global_defs, to which regent writes keepalived's own lines. Pure.

import type { NotificationSubject } from '../config/model/model.ts';
import { list, mapping, type Node, originOf, scalar } from './document.ts';
import type { Statement } from './statement.ts';

/** Each FIFO's keyword, and the subjects of its lines; empty for all. */
const fifos: readonly (readonly [keyword: string, about: readonly NotificationSubject[]])[] = [
  ['notify_fifo', []],
  ['vrrp_notify_fifo', ['router', 'group']],
  ['lvs_notify_fifo', ['server', 'service']],
];

export const readNotifications = (globals: readonly Statement[]): readonly Node[] =>
  fifos.flatMap(([keyword, about]) => {
    const statement = globals.find((each) => each.keyword === keyword && each.words[0] !== undefined);
    const path = statement?.words[0];
    if (statement === undefined || path === undefined) return [];
    const origin = originOf(statement);
    const subjects = about.map((subject) => scalar(subject, origin));
    return [
      mapping(
        {
          name: scalar(keyword, origin),
          about: about.length === 0 ? undefined : list(subjects, origin),
          fifo: { ...scalar(path, origin), isVital: true },
        },
        origin,
      ),
    ];
  });
