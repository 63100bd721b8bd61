// `regent ui`: the page of the pair, for the browser of this host, until it is interrupted.

import { createInterface } from 'node:readline';
import { openUi } from '../ui/server/open.ts';
import { lastDrillReport } from './directories.ts';
import { WrongUsage } from './exit-codes.ts';

export type UiCommandOptions = {
  readonly from?: readonly string[];
  readonly port: string;
  readonly report?: string;
  readonly readOnly?: boolean;
};

const portOf = (text: string): number => {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new WrongUsage(`--port is a number from 0 to 65535, not ${text}`);
  return port;
};

export const ui = async (socket: string, options: UiCommandOptions, version: string): Promise<void> => {
  const { from = [socket], port, report, readOnly = false } = options;
  const page = await openUi({
    sources: from,
    port: portOf(port),
    readOnly,
    version,
    report: report ?? lastDrillReport,
    mayLackReport: report === undefined,
  });
  const invite = (): void => void process.stdout.write(`${page.address()}\n`);
  if (process.stdin.isTTY) {
    process.stdout.write('This address opens the page once; Enter prints another, Ctrl-C ends it.\n');
    createInterface({ input: process.stdin }).on('line', invite);
  }
  invite();
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  page.close();
  process.exit();
};
