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
  /** The report of a drill, or a folder of them. */
  readonly report?: string;
  readonly version: string;
};

export type Ui = {
  /** An address that opens the page once. */
  readonly address: () => string;
  readonly close: () => void;
};

const describeReport = (place: string): Report | undefined => {
  const found = lastReport(place);
  return found && { name: found.name, at: found.at };
};

/** @throws with a readable message where the page is not built, the report is not there, or the port is taken. */
export const openUi = async ({ sources, port, readOnly, report, version }: UiOptions): Promise<Ui> => {
  const files = readPageFiles();
  if (report !== undefined) describeReport(report);
  const sessions = openSessions();
  const audience = openAudience(() => {
    const last = report === undefined ? undefined : describeReport(report);
    return { type: 'hello', version, readOnly, ...(last && { report: last }) };
  });
  const directors = openDirectors(sources, { onView: audience.show, onRecord: audience.tell });
  const site = { files, sessions, audience, directors, readOnly, ...(report !== undefined && { report }) };
  const close = (): void => {
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
