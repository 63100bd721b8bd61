// What the page is told, one message of server-sent events each, and what it may ask for.

import type { Status } from '../../controller/control/status.ts';
import type { LogRecord } from '../../controller/log/record.ts';

export type RouterStatus = Status['routers'][number];
export type ServiceStatus = Status['services'][number];
export type ServerStatus = ServiceStatus['servers'][number];
export type { LogRecord, Status };

/** A director that answers, with its status; or one whose state is not known, and why. Its name stays known. */
export type DirectorView = {
  /** Its place among the sources. */
  readonly id: number;
  readonly source: string;
  readonly name: string;
  /** Absent while its state is not known. */
  readonly status?: Status;
  readonly why?: string;
  /** Wall time of the operator's machine since which that is so, milliseconds since the epoch. */
  readonly since: number;
};

export type Report = {
  readonly name: string;
  /** Wall time, milliseconds since the epoch. */
  readonly at: number;
};

export type Message =
  /** The first: who is asked, and whether commands are taken. */
  | {
      readonly type: 'hello';
      readonly version: string;
      readonly readOnly: boolean;
      readonly report?: Report;
    }
  | {
      readonly type: 'director';
      readonly view: DirectorView;
      /** The services are those of the message before, and not in this one. */
      readonly servicesStay?: true;
    }
  | { readonly type: 'records'; readonly id: number; readonly records: readonly LogRecord[] }
  /** Each second: the page is not forgotten. */
  | { readonly type: 'beat' };

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
