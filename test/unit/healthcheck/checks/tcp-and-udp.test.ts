// TCP and UDP checks against servers on loopback, and source addresses of all kinds of checks.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { milliseconds } from '../../../../base/units.ts';
import type { CheckType } from '../../../../config/model/check-model.ts';
import { LocalFault } from '../../../../healthcheck/network-error.ts';
import { makeTarget } from '../../../servers/checks.ts';
import { closedPort, listen, say } from '../../../servers/listening.ts';
import { startUdpServer } from '../../../servers/udp-server.ts';
import { haste, judge, keepServers, probe, timeout } from './loopback-checks.ts';

describe('TCP check', () => {
  const keep = keepServers();
  it('finds an open port well, and resets the connection', async () => {
    let end: (how: string) => void = () => {};
    const ended = new Promise<string>((resolve) => {
      end = resolve;
    });
    const server = keep(
      await listen(
        createServer((socket) => {
          socket.resume();
          socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'error'));
          socket.once('end', () => end('end'));
        }),
      ),
    );
    assert.equal(judge(await probe(makeTarget('tcp', server.port), timeout)), 'well');
    assert.equal(await ended, 'ECONNRESET');
  });

  it('takes an answer that came while this process was paused', async () => {
    const { port } = keep(await say());
    const outcome = probe(makeTarget('tcp', port), milliseconds(20));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
    assert.equal(judge(await outcome), 'well');
  });

  it('leaves from the source address', async () => {
    let from: string | undefined;
    const server = createServer((socket) => {
      from = socket.remoteAddress;
    });
    const { port } = keep(await listen(server));
    assert.equal(judge(await probe(makeTarget('tcp', port, { source_address: '127.0.0.9' }), timeout)), 'well');
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(from, '127.0.0.9');
  });
});

describe('UDP check', () => {
  const keep = keepServers();
  it('sends and expects bytes', async () => {
    const { port } = keep(await startUdpServer((bytes) => Buffer.concat([Buffer.from([1]), bytes])));
    const keys = { payload_hex: '00ff', expected_reply_hex: '0100ff' };
    assert.equal(judge(await probe(makeTarget('udp', port, keys), timeout)), 'well');
    assert.equal(
      judge(await probe(makeTarget('udp', port, { ...keys, expected_reply_hex: '02' }), timeout)),
      'the reply 0100ff does not contain 02',
    );
  });

  it('lets silence pass where told, but not a closed port', async () => {
    const server = await startUdpServer(() => undefined);
    const target = makeTarget('udp', server.port, { silence: 'passes' });
    assert.equal(judge(await probe(target, haste)), 'well');
    server.close();
    assert.equal(judge(await probe(target, timeout)), 'connection refused');
  });

  it('has its answer from a source address, too', async () => {
    const { port } = keep(await startUdpServer(() => 'x'));
    assert.equal(judge(await probe(makeTarget('udp', port, { source_address: '127.0.0.9' }), timeout)), 'well');
  });
});

describe('a source address that this host has not', () => {
  const rows: [type: CheckType, keys?: object][] = [
    ['tcp'],
    ['http'],
    ['https'],
    ['dns', { transport: 'udp' }],
    ['dns', { transport: 'tcp' }],
    ['udp'],
    ['smtp'],
    ['grpc'],
  ];
  for (const [type, keys] of rows)
    it(`is said of ${type} ${JSON.stringify(keys ?? {})}, and judges no server`, async () => {
      const target = makeTarget(type, await closedPort(), { ...keys, source_address: '192.0.2.9' });
      await assert.rejects(
        probe(target, timeout),
        (error) => error instanceof LocalFault && error.why === 'EADDRNOTAVAIL',
      );
    });
});
