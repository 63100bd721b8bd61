// Checks of servers on loopback that end with the test.

import { createGroupStarter } from '../../../../base/process-group.ts';
import { milliseconds, monotonic } from '../../../../base/units.ts';
import type { Outcome } from '../../../../healthcheck/outcome.ts';
import { createProbe } from '../../../../healthcheck/probe.ts';
import { openTcpDialer } from '../../../../kernel/sockets/tcp-dialer.ts';
import type { Listening } from '../../../servers/listening.ts';

export const timeout = milliseconds(3000);
export const haste = milliseconds(150);
export const probe = createProbe({
  clock: monotonic,
  openEchoSocket: () => {
    throw new Error('There is no ping here');
  },
  dialer: openTcpDialer(),
  openHalfOpen: () => {
    throw new Error('There are no raw sockets here');
  },
  mostKept: 1,
  startGroup: createGroupStarter(),
  scriptRefusal: undefined,
});

export const judge = ({ ok, error }: Outcome): string => (ok ? 'well' : String(error));

/** To be called in a `describe`. @returns a function that ends a server after the test. */
export const keepServers = () => {
  let open: Listening[] = [];
  afterEach(() => {
    for (const { close } of open) close();
    open = [];
  });
  return <Server extends Listening>(server: Server): Server => {
    open.push(server);
    return server;
  };
};
