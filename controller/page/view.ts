// What a page hears about directors, one message of server-sent events each.

import type { Status } from '../control/status.ts';
import type { LogRecord } from '../log/record.ts';

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
  /** There is another report, or none. */
  | { readonly type: 'report'; readonly report?: Report }
  /** Twice a second: the page is not forgotten. */
  | { readonly type: 'beat' };
