// What a director of a test says of itself.

import { join } from 'node:path';
import { askDirector } from '../../../controller/control/client.ts';
import type { InterfaceStatus, RouterStatus } from '../../../vrrp/status.ts';
import { type Host, sleep } from './hosts.ts';

export type Status = { readonly routers: readonly RouterStatus[]; readonly interfaces: readonly InterfaceStatus[] };

/** Has a director do what its control socket offers. */
export const tellDirector = (host: Host, path: string, body: unknown = {}): Promise<unknown> =>
  askDirector(join(host.directory, 'control.sock'), 'POST', path, body);

export const askStatus = async (host: Host): Promise<Status> =>
  (await askDirector(join(host.directory, 'control.sock'), 'GET', '/v1/status')) as Status;

/** Asks until the answer is as it must be, or the time is over. */
export const statusWhen = async (
  host: Host,
  isThere: (status: Status) => boolean,
  timeout = 15_000,
): Promise<Status> => {
  const end = performance.now() + timeout;
  for (;;) {
    const status = await askStatus(host);
    if (isThere(status) || performance.now() > end) return status;
    await sleep(50);
  }
};
