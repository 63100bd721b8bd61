// HTTP and HTTPS checks in tests: servers of Node that end with the test, and the checks' outcomes.

import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import { milliseconds, monotonic } from '../../../../base/units.ts';
import { createHttpProbe } from '../../../../healthcheck/checks/http.ts';
import type { Outcome } from '../../../../healthcheck/outcome.ts';
import { createTlsContexts } from '../../../../healthcheck/tls-contexts.ts';
import { makeTarget } from '../../../servers/checks.ts';
import { type Listening, listen } from '../../../servers/listening.ts';

export const timeout = milliseconds(3000);

/** To be called in a `describe`. */
export const httpChecks = () => {
  let open: Listening[] = [];
  const probe = createHttpProbe(createTlsContexts(monotonic), 10);
  afterEach(() => {
    for (const { close } of open) close();
    open = [];
  });
  const keep = <Server extends Listening>(server: Server): Server => {
    open.push(server);
    return server;
  };
  return {
    probe,
    keep,
    serve: async (listener: RequestListener): Promise<number> => keep(await listen(createServer(listener))).port,
    serveSecurely: async (listener: RequestListener, options: ServerOptions): Promise<number> =>
      keep(await listen(createSecureServer(options, listener))).port,
    run: (port: number, keys = {}): Promise<Outcome> => probe(makeTarget('http', port, keys), timeout),
    runSecurely: (port: number, keys = {}): Promise<Outcome> => probe(makeTarget('https', port, keys), timeout),
    errorOf: async (outcome: Promise<Outcome>): Promise<string | undefined> => (await outcome).error,
  };
};
