// A director on another host: its socket, forwarded by ssh, with a real server of ssh; and a host that is not reached.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { DirectorView } from '../../ui/model/view.ts';
import { openDirectors } from '../../ui/server/directors.ts';
import { until } from '../netns/namespaces.ts';
import { type SshServer, startSshServer } from '../servers/ssh-server.ts';

describe('a director by ssh', () => {
  let server: SshServer | undefined;
  const remote = createServer(({ url, method }, response) => {
    if (method === 'POST') response.end('{"done":true}');
    else if (url?.startsWith('/v1/status') === true) {
      response.write('{"director":"lb7","routers":[],"services":[],"warnings":[],"peers":[]}\n');
      setInterval(
        () => response.write('{"director":"lb7","routers":[],"services":[],"warnings":[],"peers":[]}\n'),
        500,
      ).unref();
    } else response.writeHead(200).flushHeaders();
  });

  before(async () => {
    server = await startSshServer(['lb7']);
    await new Promise<void>((resolve) => remote.listen(join(server?.folder ?? '', 'control.sock'), resolve));
  });
  after(() => {
    remote.close();
    remote.closeAllConnections();
    server?.close();
  });

  it('is known, takes commands, and is not known once its connection is cut', async () => {
    const views: DirectorView[] = [];
    const directors = openDirectors([`ssh:lb7:${join(server?.folder ?? '', 'control.sock')}`], {
      onView: (view) => void views.push(view),
      onRecord: () => undefined,
    });
    try {
      await until('it is known', () => views.at(-1)?.status !== undefined);
      assert.equal(views.at(-1)?.name, 'lb7');
      const order = { directors: [0], action: { do: 'drain', server: 'rs0' } } as const;
      assert.deepEqual(await directors.command(order), [{ id: 0, plan: [] }]);
      remote.close();
      remote.closeAllConnections();
      await until('it is not known', () => views.at(-1)?.status === undefined);
      assert.match(views.at(-1)?.why ?? '', /Cannot reach the director at ssh:lb7|its connection was cut/);
    } finally {
      directors.close();
    }
  });

  it('is not known where ssh does not reach its host, in the words of ssh', async () => {
    const views: DirectorView[] = [];
    const directors = openDirectors(['ssh:lb7:/nowhere/control.sock', 'ssh:-oProxyCommand=touch'], {
      onView: (view) => void views.push(view),
      onRecord: () => undefined,
    });
    try {
      await until('both are told', () =>
        [0, 1].every((id) => views.some((view) => view.id === id && !/being asked/.test(view.why ?? ''))),
      );
      assert.ok(views.every(({ status }) => status === undefined));
    } finally {
      directors.close();
    }
  });
});
