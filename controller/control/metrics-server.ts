// Serves metrics on a loopback port, for a local Prometheus or an authenticating proxy. The control socket serves them too.

import { createServer, type Server } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Endpoint } from '../../net/endpoint.ts';
import type { Log } from '../log/log.ts';

export type Exposition = { readonly contentType: string; readonly render: () => AsyncIterable<string> };

/** Serves `GET /metrics`. A port in use is logged, and regent runs without it. */
export const serveMetrics = ({ address, port }: Endpoint, exposition: Exposition, log: Log): Server => {
  const server = createServer(async (incoming, response) => {
    if (incoming.method !== 'GET' || incoming.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    try {
      response.writeHead(200, { 'content-type': exposition.contentType });
      await pipeline(Readable.from(exposition.render()), response);
    } catch {
      // The client has gone, or must see the truncated answer as a failure.
      response.destroy();
    }
  });
  server.on('error', (error) =>
    log(
      'error',
      { process: 'director', event: 'metrics-not-served' },
      `metrics are not served on ${address}:${port}: ${error.message}`,
    ),
  );
  return server.listen(port, address);
};
