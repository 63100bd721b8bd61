// The last two minutes of what is drawn as lines: lateness of a director, latency of a server's probe.

import type { DirectorView } from '../model/view.ts';
import { latenessBetween } from '../model/words.ts';

export type Points = readonly (number | null)[];

export type History = {
  readonly add: (before: DirectorView | undefined, view: DirectorView) => void;
  readonly lateness: (view: DirectorView) => Points;
  readonly latency: (view: DirectorView, service: string, server: string) => Points;
};

/** A status comes each second. */
const length = 120;
/** Of a director with more servers, lines are kept of those that were looked at, from then on. */
const mostServers = 500;

export const createHistory = (): History => {
  const series = new Map<string, (number | null)[]>();
  const addedAt = new Map<number, number>();

  const push = (key: string, value: number | undefined): void => {
    const points = series.get(key) ?? [];
    series.set(key, points);
    points.push(value ?? null);
    if (points.length > length) points.shift();
  };
  const latencyKey = ({ id }: DirectorView, service: string, server: string): string => `${id} ${service} ${server}`;

  return {
    add: (before, view) => {
      const { status, id } = view;
      const now = performance.now();
      // News come at once; the lines have a point a second.
      if (status === undefined || now - (addedAt.get(id) ?? Number.NEGATIVE_INFINITY) < 900) return;
      addedAt.set(id, now);
      push(`${id}`, before?.status === undefined ? undefined : latenessBetween(before.status.routers, status.routers));
      const isMany = status.services.reduce((sum, { servers }) => sum + servers.length, 0) > mostServers;
      for (const service of status.services)
        for (const server of service.servers) {
          const key = latencyKey(view, service.name, server.name);
          if (!isMany || series.has(key)) push(key, server.latency);
        }
    },
    lateness: ({ id }) => series.get(`${id}`) ?? [],
    latency: (view, service, server) => {
      const key = latencyKey(view, service, server);
      const points = series.get(key) ?? [];
      series.set(key, points);
      return points;
    },
  };
};
