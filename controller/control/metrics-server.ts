// Metrics on a port of the loopback, for a Prometheus on this host or behind a proxy that authenticates. The control socket has them too.

import { createServer, type Server } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Endpoint } from '../../net/endpoint.ts';
import type { Log } from '../log/log.ts';

export type Exposition = { readonly contentType: string; readonly render: () => AsyncIterable<string> };

/** Serves `GET /metrics`; a port that is taken is logged, and regent goes on without it. */
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
      // Whoever asks has gone, or must take the torn answer for a failure.
      response.destroy();
    }
  });
  server.on('error', (error) =>
    log('error', { process: 'director' }, `metrics are not served on ${address}:${port}: ${error.message}`),
  );
  return server.listen(port, address);
};
