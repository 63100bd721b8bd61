// `regent status`: the page once, again and again, or as JSON.

import { askDirector } from '../controller/control/client.ts';
import type { Status } from '../controller/control/status.ts';
import { paintFor } from './columns.ts';
import { renderStatus } from './status-page.ts';

const redrawEvery = 1000;
const clear = '\u001b[H\u001b[2J\u001b[3J';

/** What is piped is for programs that look at lines. */
const width = (): number => process.stdout.columns ?? Number.POSITIVE_INFINITY;

export const status = async (socket: string, { json, watch }: { json?: boolean; watch?: boolean }): Promise<void> => {
  const show = async (): Promise<string> => {
    const answer = (await askDirector(socket, 'GET', '/v1/status')) as Status;
    return json ? `${JSON.stringify(answer, null, 2)}\n` : renderStatus(answer, width(), paintFor(process.stdout));
  };
  if (!watch) {
    process.stdout.write(await show());
    return;
  }
  for (;;) {
    // A director that is being restarted comes back: the page waits for it.
    const page = await show().catch((error: Error) => `${error.message}\n`);
    process.stdout.write(process.stdout.isTTY ? clear + page : page);
    await new Promise((resolve) => setTimeout(resolve, redrawEvery));
  }
};
