// `regent status`: the page once, repeatedly, or as JSON.

import { harmlessJson } from '../base/harmless-text.ts';
import { askDirector } from '../controller/control/client.ts';
import type { Status } from '../controller/control/status.ts';
import { paintFor } from './columns.ts';
import { renderStatus } from './status-page.ts';

const redrawEvery = 1000;
const clear = '\u001b[H\u001b[2J\u001b[3J';

/** A serial console says that it has no columns. */
const usualWidth = 80;

/** Piped output is for programs that read lines. @param columns of the terminal; undefined where there is none. */
export const widthOf = (columns: number | undefined): number =>
  columns === undefined ? Number.POSITIVE_INFINITY : columns > 0 ? columns : usualWidth;

export const status = async (socket: string, { json, watch }: { json?: boolean; watch?: boolean }): Promise<void> => {
  const show = async (): Promise<string> => {
    const answer = (await askDirector(socket, 'GET', '/v1/status')) as Status;
    return json
      ? `${harmlessJson(JSON.stringify(answer, null, 2))}\n`
      : renderStatus(answer, widthOf(process.stdout.columns), paintFor(process.stdout));
  };
  if (!watch) {
    process.stdout.write(await show());
    return;
  }
  for (;;) {
    // The page waits for a director that is restarting.
    const page = await show().catch((error: Error) => `${error.message}\n`);
    process.stdout.write(process.stdout.isTTY ? clear + page : page);
    await new Promise((resolve) => setTimeout(resolve, redrawEvery));
  }
};
