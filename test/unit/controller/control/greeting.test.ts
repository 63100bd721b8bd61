// The control socket says which protocol and build it is: a real server, and clients of this and of other builds.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askDirector } from '../../../../controller/control/client.ts';
import { type ControlServer, serveControl } from '../../../../controller/control/server.ts';

describe('the control socket', () => {
  let folder = '';
  let socket = '';
  let own: ControlServer | undefined;
  let foreign: Server | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-hello-'));
    socket = join(folder, 'control.sock');
  });
  afterEach(() => {
    own?.close();
    foreign?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const serve = async (): Promise<void> => {
    own = serveControl(socket, [{ method: 'GET', path: '/v1/status', handle: () => ({ status: 200, body: 'well' }) }]);
    while (!existsSync(socket)) await sleep(5);
  };
  const ask = (hello: string | undefined): Promise<{ code: number | undefined; hello: string; text: string }> =>
    new Promise((resolve, reject) => {
      const headers = hello === undefined ? {} : { 'regent-hello': hello };
      request({ socketPath: socket, path: '/v1/status', headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () =>
          resolve({ code: response.statusCode, hello: String(response.headers['regent-hello']), text }),
        );
      })
        .on('error', reject)
        .end();
    });

  it('answers a client of this build', async () => {
    await serve();
    assert.equal(await askDirector(socket, 'GET', '/v1/status'), 'well');
  });

  for (const [what, hello] of [
    ['no word, as of a script', undefined],
    ['nonsense', '{'],
    ['a newer build that knows this protocol', '{"type":"hello","protocol":2,"oldest":1,"build":"9"}'],
  ] as const)
    it(`answers ${what}, and says what it is itself`, async () => {
      await serve();
      const answer = await ask(hello);
      assert.equal(answer.code, 200);
      const { protocol, build } = JSON.parse(answer.hello) as { protocol: number; build: string };
      assert.deepEqual([protocol, /^\d+\.\d+/.test(build)], [1, true]);
    });

  it('refuses a newer build that does not, and says why', async () => {
    await serve();
    const answer = await ask('{"type":"hello","protocol":2,"oldest":2,"build":"9"}');
    assert.equal(answer.code, 426);
    assert.match(answer.text, /its build 9 needs protocol 2, and this one speaks 1/);
  });

  it('of a newer director is refused by the client in words', async () => {
    foreign = createServer((_, response) =>
      response.writeHead(200, { 'regent-hello': '{"type":"hello","protocol":2,"oldest":2,"build":"9"}' }).end('{}'),
    ).listen(socket);
    while (!existsSync(socket)) await sleep(5);
    await assert.rejects(askDirector(socket, 'GET', '/v1/status'), /not understood: its build 9 needs protocol 2/);
  });
});
