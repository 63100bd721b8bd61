// Opens the page of a pair: the directors are asked, and the page is served, until it is closed.

import type { AddressInfo } from 'node:net';
import { openAudience } from '../../controller/page/audience.ts';
import { readPageFiles } from '../../controller/page/page-files.ts';
import type { Report } from '../model/view.ts';
import { openDirectors } from './directors.ts';
import { lastReport } from './report.ts';
import { serveSite } from './serve.ts';
import { openSessions } from './sessions.ts';

export type UiOptions = {
  /** Paths of control sockets, or `ssh:HOST`. */
  readonly sources: readonly string[];
  /** 0 for any that is free. */
  readonly port: number;
  readonly readOnly: boolean;
  /** The report of a drill, or a folder of them; whether there may be none yet. */
  readonly report: string;
  readonly mayLackReport: boolean;
  readonly version: string;
};

export type Ui = {
  /** An address that opens the page once. */
  readonly address: () => string;
  readonly close: () => void;
};

/** How often a new report is looked for, in milliseconds. */
const lookEvery = 3000;

const describeReport = (place: string): Report | undefined => {
  const found = lastReport(place);
  return found && { name: found.name, at: found.at };
};

/** The same, and undefined where there is neither file nor folder. */
const findReport = (place: string): Report | undefined => {
  try {
    return describeReport(place);
  } catch {
    return undefined;
  }
};

/** @throws with a readable message where the page is not built, the report is not there, or the port is taken. */
export const openUi = async ({ sources, port, readOnly, report, mayLackReport, version }: UiOptions): Promise<Ui> => {
  const files = readPageFiles();
  let last = mayLackReport ? findReport(report) : describeReport(report);
  const sessions = openSessions();
  const audience = openAudience(() => ({ type: 'hello', version, readOnly, ...(last && { report: last }) }));
  const looking = setInterval(() => {
    const found = findReport(report);
    if (found?.at === last?.at && found?.name === last?.name) return;
    last = found;
    audience.send({ type: 'report', ...(last && { report: last }) });
  }, lookEvery);
  const directors = openDirectors(sources, { onView: audience.show, onRecord: audience.tell });
  const site = { files, sessions, audience, directors, readOnly, report };
  const close = (): void => {
    clearInterval(looking);
    audience.close();
    directors.close();
  };
  const server = await serveSite(site, port).catch((error: Error) => {
    close();
    throw new Error(`Cannot serve the page on 127.0.0.1:${port}: ${error.message}`);
  });
  const { port: chosen } = server.address() as AddressInfo;
  return {
    address: () => `http://127.0.0.1:${chosen}/?token=${sessions.invite()}`,
    close: () => {
      server.close();
      server.closeAllConnections();
      close();
    },
  };
};
