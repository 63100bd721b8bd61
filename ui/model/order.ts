// An order of the page, decoded, and as a request to a director's control socket. Pure.

import type { Action, Order } from './view.ts';

export type ControlQuestion = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
};

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (Reflect.get(value, name) as unknown) : undefined;

const isId = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;

const decodeAction = (value: unknown): Action | undefined => {
  const [what, server, router, weight] = ['do', 'server', 'router', 'weight'].map((name) => field(value, name));
  switch (what) {
    case 'drain':
    case 'undrain':
      return typeof server === 'string' ? { do: what, server } : undefined;
    case 'weigh':
      if (typeof server !== 'string') return undefined;
      return weight === 'as configured' || isId(weight) ? { do: what, server, weight } : undefined;
    case 'handover':
    case 'resume':
      if (router === undefined) return { do: what };
      return typeof router === 'string' ? { do: what, router } : undefined;
    default:
      return undefined;
  }
};

/** @returns undefined where it is no order. */
export const decodeOrder = (value: unknown): Order | undefined => {
  const [directors, action] = [field(value, 'directors'), decodeAction(field(value, 'action'))];
  if (!Array.isArray(directors) || directors.length === 0 || !directors.every(isId)) return undefined;
  return action === undefined ? undefined : { directors, action };
};

const serverPath = (server: string, command: string): string => `/v1/servers/${encodeURIComponent(server)}/${command}`;

/** The request that does it. */
export const commandOf = (action: Action): ControlQuestion => {
  switch (action.do) {
    case 'drain':
    case 'undrain':
      return { method: 'POST', path: serverPath(action.server, action.do) };
    case 'weigh':
      return action.weight === 'as configured'
        ? { method: 'DELETE', path: serverPath(action.server, 'weight') }
        : { method: 'PUT', path: serverPath(action.server, 'weight'), body: { weight: action.weight } };
    case 'handover':
    case 'resume':
      return {
        method: 'POST',
        path: `/v1/${action.do}`,
        body: action.router === undefined ? {} : { router: action.router },
      };
  }
};

/** The request that says what it would cost; undefined where that is nothing. */
export const planOf = (action: Action): ControlQuestion | undefined => {
  switch (action.do) {
    case 'drain':
    case 'undrain':
      return { method: 'POST', path: serverPath(action.server, 'plan'), body: { drained: action.do === 'drain' } };
    case 'weigh':
      return { method: 'POST', path: serverPath(action.server, 'plan'), body: { weight: action.weight } };
    case 'handover': {
      const query = action.router === undefined ? '' : `?${new URLSearchParams({ router: action.router })}`;
      return { method: 'GET', path: `/v1/handover${query}` };
    }
    case 'resume':
      return undefined;
  }
};
