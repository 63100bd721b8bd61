// Tells a page less of a director with thousands of servers: all of them when one changes, else every few seconds. Pure.

import type { DirectorView, Message, Status } from './view.ts';

/** A director with fewer servers is told whole each time. */
const many = 1000;
/** Connections and latencies of many servers are told again after this time, in milliseconds. */
const againAfter = 5000;

/** What a page was told last with all servers. */
export type Told = { readonly at: number; readonly standing: string };

/** What a page is sent at once of a server: all but connections, latencies and ages. */
const standingOf = ({ services }: Status): string =>
  services
    .map(({ name, mode, quorum, fault, servers }) =>
      [
        name,
        mode,
        quorum,
        fault,
        ...servers.map(({ name: server, health, drained, weight, configuredWeight }) =>
          [server, health, drained, weight, configuredWeight].join(' '),
        ),
      ].join('\n'),
    )
    .join('\n\n');

const isBig = ({ services }: Status): boolean => services.reduce((sum, { servers }) => sum + servers.length, 0) > many;

/** @param now monotonic, in milliseconds. @returns the message, and what is remembered of it. */
export const tellBriefly = (
  view: DirectorView,
  told: Told | undefined,
  now: number,
): readonly [Message, Told | undefined] => {
  const { status } = view;
  if (status === undefined || !isBig(status)) return [{ type: 'director', view }, undefined];
  const standing = standingOf(status);
  if (told === undefined || told.standing !== standing || now - told.at >= againAfter)
    return [
      { type: 'director', view },
      { at: now, standing },
    ];
  return [{ type: 'director', view: { ...view, status: { ...status, services: [] } }, servicesStay: true }, told];
};
