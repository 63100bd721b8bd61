// What the page is told, in the words of the directors, and what it may ask for.

import type { Status } from '../../controller/page/view.ts';

export type { DirectorView, LogRecord, Message, Report, Status } from '../../controller/page/view.ts';
export type RouterStatus = Status['routers'][number];
export type ServiceStatus = Status['services'][number];
export type ServerStatus = ServiceStatus['servers'][number];

export type ServerAction =
  | { readonly do: 'drain' | 'undrain'; readonly server: string }
  /** `as configured` takes a weight by command back. */
  | { readonly do: 'weigh'; readonly server: string; readonly weight: number | 'as configured' };
export type Action =
  | ServerAction
  /** All routers of the director where absent. */
  | { readonly do: 'handover' | 'resume'; readonly router?: string };

/** An action, and the directors that are given it. */
export type Order = { readonly directors: readonly number[]; readonly action: Action };

/** The header that a page's own requests have; another origin cannot set it without asking first. */
export const orderHeader = 'x-regent-page';
