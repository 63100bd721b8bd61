// `regent status`: the page once, repeatedly, or as JSON.

import { harmlessJson } from '../base/harmless-text.ts';
import { askDirector } from '../controller/control/client.ts';
import type { Status } from '../controller/control/status.ts';
import { paintFor } from './columns.ts';
import { renderStatus } from './status-page.ts';

const redrawEvery = 1000;
const clear = '\u001b[H\u001b[2J\u001b[3J';

/** Piped output is for programs that read lines. */
const width = (): number => process.stdout.columns ?? Number.POSITIVE_INFINITY;

export const status = async (socket: string, { json, watch }: { json?: boolean; watch?: boolean }): Promise<void> => {
  const show = async (): Promise<string> => {
    const answer = (await askDirector(socket, 'GET', '/v1/status')) as Status;
    return json
      ? `${harmlessJson(JSON.stringify(answer, null, 2))}\n`
      : renderStatus(answer, width(), paintFor(process.stdout));
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
