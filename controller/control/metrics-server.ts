// Metrics on a port of the loopback, for a Prometheus on this host or behind a proxy that authenticates. The control socket has them too.

import { createServer, type Server } from 'node:http';
import { messageOf } from '../../base/error.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import type { Log } from '../log/log.ts';

export type Exposition = { readonly contentType: string; readonly render: () => Promise<string> };

/** Serves `GET /metrics`; a port that is taken is logged, and regent goes on without it. */
export const serveMetrics = ({ address, port }: Endpoint, exposition: Exposition, log: Log): Server => {
  const server = createServer(async (incoming, response) => {
    if (incoming.method !== 'GET' || incoming.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    try {
      const text = await exposition.render();
      response.writeHead(200, { 'content-type': exposition.contentType }).end(text);
    } catch (error) {
      response.writeHead(500).end(messageOf(error));
    }
  });
  server.on('error', (error) =>
    log('error', { process: 'director' }, `metrics are not served on ${address}:${port}: ${error.message}`),
  );
  return server.listen(port, address);
};
