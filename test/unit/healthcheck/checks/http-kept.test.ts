// HTTP checks that keep their connection: when it serves again, and when a new one is opened.

import assert from 'node:assert/strict';
import { createServer as createNetServer, type Socket } from 'node:net';
import { milliseconds } from '../../../../base/units.ts';
import { type Authority, createAuthority } from '../../../servers/certificates.ts';
import { makeTarget } from '../../../servers/checks.ts';
import { listen } from '../../../servers/listening.ts';
import { httpChecks } from './http-checks.ts';

describe('HTTP checks on a kept connection', () => {
  let authority: Authority;
  before(() => {
    authority = createAuthority();
  });
  after(() => authority.remove());
  const { probe, keep, errorOf } = httpChecks();

  /** Answers the first `most` requests of each connection, the later ones by `late`. */
  const serveFirst = async (most: number, late: (socket: Socket) => void): Promise<number> => {
    const server = await listen(
      createNetServer((socket) => {
        let requests = 0;
        socket.on('data', () => {
          requests += 1;
          if (requests > most) late(socket);
          else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        });
      }),
    );
    keep(server);
    return server.port;
  };
  const outcomes = async (port: number, count: number, rest = 5): Promise<(string | undefined)[]> => {
    const target = makeTarget('http', port, { keep_alive: true });
    const found: (string | undefined)[] = [];
    for (let index = 0; index < count; index += 1) {
      found.push(await errorOf(probe(target, milliseconds(150))));
      // A connection that has ended is seen to have.
      await new Promise((resolve) => setTimeout(resolve, rest));
    }
    return found;
  };
  const second = 'no response to the second request of a connection within 150 ms';

  it('fails in a row where every second request hangs', async () => {
    const port = await serveFirst(1, () => {});
    assert.deepEqual(await outcomes(port, 5), [
      undefined,
      'no response on a kept connection within 150 ms',
      second,
      second,
      second,
    ]);
  });

  it('fails in a row where every second request is refused', async () => {
    const port = await serveFirst(1, (socket) => socket.write('HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'));
    const refused = 'status 503 instead of 200-299';
    assert.deepEqual(await outcomes(port, 4), [undefined, refused, refused, refused]);
  });

  it('fails once where one connection alone had died', async () => {
    let isDead = true;
    const port = await serveFirst(1, (socket) => {
      if (isDead) isDead = false;
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    const [first, dead, ...later] = await outcomes(port, 6);
    assert.deepEqual([first, dead], [undefined, 'no response on a kept connection within 150 ms']);
    assert.deepEqual(later, [undefined, undefined, undefined, undefined]);
  });

  it('is well where the server ends each connection after an answer', async () => {
    for (const end of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
      const port = await serveFirst(1, end);
      assert.deepEqual(await outcomes(port, 4), [undefined, undefined, undefined, undefined]);
    }
  });

  it('takes what comes unasked for the end of the connection', async () => {
    const server = await listen(
      createNetServer((socket) =>
        socket.on('data', () => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
          setTimeout(() => socket.writable && socket.write('HTTP/1.1 408 Request Timeout\r\n\r\n'), 10);
        }),
      ),
    );
    keep(server);
    assert.deepEqual(await outcomes(server.port, 4, 50), [undefined, undefined, undefined, undefined]);
  });

  it('listens to it once, however often it serves', async () => {
    const warnings: string[] = [];
    const hear = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', hear);
    const port = await serveFirst(100, () => {});
    assert.deepEqual(new Set(await outcomes(port, 30)), new Set([undefined]));
    process.off('warning', hear);
    assert.deepEqual(warnings, []);
  });
});
