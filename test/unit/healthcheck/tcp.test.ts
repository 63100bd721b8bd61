// The TCP check against loopback servers.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { milliseconds } from '../../../config/units.ts';
import { probeTcp } from '../../../healthcheck/tcp.ts';

const open = async (host: string): Promise<{ readonly server: Server; readonly port: number }> => {
  const server = createServer((socket) => socket.on('error', () => {}));
  server.listen(0, host);
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
};

describe('TCP check', () => {
  it('finds an open port well, and resets the connection', async () => {
    const { server, port } = await open('127.0.0.1');
    const ended = new Promise<string>((resolve) => {
      server.once('connection', (socket) => {
        socket.resume();
        socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
        socket.once('end', () => resolve('end'));
      });
    });
    const outcome = await probeTcp({ address: '127.0.0.1', port }, milliseconds(1000));
    assert.equal(outcome.ok, true);
    assert.equal(outcome.error, undefined);
    assert.ok(outcome.latency > 0 && outcome.latency < 1000);
    assert.equal(await ended, 'ECONNRESET');
    server.close();
  });

  it('says that a closed port refuses', async () => {
    const { server, port } = await open('127.0.0.1');
    server.close();
    await once(server, 'close');
    const { ok, error } = await probeTcp({ address: '127.0.0.1', port }, milliseconds(1000));
    assert.deepEqual({ ok, error }, { ok: false, error: 'connection refused' });
  });

  it('takes an answer that came while this process was paused', async () => {
    const { server, port } = await open('127.0.0.1');
    const outcome = probeTcp({ address: '127.0.0.1', port }, milliseconds(20));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
    assert.equal((await outcome).ok, true);
    server.close();
  });
});
