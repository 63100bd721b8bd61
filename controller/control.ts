// The control socket: HTTP over a Unix socket, for the commands and for scripts. Only root and the group regent may connect.

import { chmodSync, chownSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';

export type ControlHandlers = {
  readonly status: () => unknown;
  /** @returns an error in words, undefined when it was done. */
  readonly drain: (server: string, drained: boolean) => string | undefined;
};

const groupId = (name: string): number | undefined => {
  const line = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  return line === undefined ? undefined : Number(line.split(':')[2]);
};

/** Serves `GET /v1/status`, `POST /v1/drain/SERVER` and `POST /v1/undrain/SERVER`. */
export const serveControl = (path: string, handlers: ControlHandlers): Server => {
  rmSync(path, { force: true });
  const server = createServer((incoming, response) => {
    const reply = (code: number, body: unknown): void => {
      response.writeHead(code, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    };
    const [, version, command, argument] = (incoming.url ?? '').split('/').map(decodeURIComponent);
    const route = `${incoming.method} ${version}/${command}`;
    if (route === 'GET v1/status') reply(200, handlers.status());
    else if ((route === 'POST v1/drain' || route === 'POST v1/undrain') && argument !== undefined) {
      const refusal = handlers.drain(argument, command === 'drain');
      reply(refusal === undefined ? 200 : 404, refusal === undefined ? { done: true } : { error: refusal });
    } else reply(404, { error: `There is no ${incoming.method} ${incoming.url}` });
  });
  const before = process.umask(0o117);
  server.listen(path, () => {
    const group = groupId('regent');
    if (group !== undefined) chownSync(path, process.getuid?.() ?? 0, group);
    chmodSync(path, 0o660);
  });
  process.umask(before);
  return server;
};

/** Asks a running director. @throws Error in words when it cannot be reached or refuses. */
export const askDirector = (socket: string, method: 'GET' | 'POST', path: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const asking = request({ socketPath: socket, method, path }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        const body: unknown = JSON.parse(text);
        if (response.statusCode === 200) resolve(body);
        else
          reject(new Error(typeof body === 'object' && body !== null && 'error' in body ? String(body.error) : text));
      });
    });
    asking.on('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`Cannot reach the director at ${socket}: ${error.code ?? error.message}`)),
    );
    asking.end();
  });
