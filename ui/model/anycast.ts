// The anycast addresses of all directors: who announces each, and whether any does. Pure.

import type { Status } from './view.ts';

export type AnycastEntry = NonNullable<Status['anycast']>['addresses'][number];

export const anycastOf = ({ anycast }: Status): readonly AnycastEntry[] => anycast?.addresses ?? [];

/** A director that drains still serves what arrives. */
export const announces = ({ state }: AnycastEntry): boolean => state === 'announced';

/** What a director does for clients: it has virtual addresses as master, or announces some. */
export const isServing = (status: Status): boolean =>
  status.routers.some(({ state }) => state === 'master' || state === 'leaving') || anycastOf(status).some(announces);
