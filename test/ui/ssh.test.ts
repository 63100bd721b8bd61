// A director on another host: its socket, forwarded by ssh, with a real server of ssh; and a host that is not reached.

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { DirectorView } from '../../ui/model/view.ts';
import { openDirectors } from '../../ui/server/directors.ts';
import { until } from '../netns/namespaces.ts';
import { closedPort } from '../servers/listening.ts';

const write = (path: string, lines: readonly string[], mode = 0o644): string => {
  writeFileSync(path, `${lines.join('\n')}\n`, { mode });
  return path;
};

describe('a director by ssh', () => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-ssh-'));
  const path = process.env.PATH;
  let server: ChildProcess | undefined;
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
    const port = await closedPort();
    for (const name of ['host', 'own'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
    chmodSync(folder, 0o755);
    execFileSync('cp', [join(folder, 'own.pub'), join(folder, 'authorized')]);
    const config = write(join(folder, 'sshd.conf'), [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(folder, 'host')}`,
      `AuthorizedKeysFile ${join(folder, 'authorized')}`,
      `PidFile ${join(folder, 'pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin yes',
    ]);
    mkdirSync('/run/sshd', { recursive: true });
    server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: 'ignore' });
    const client = write(join(folder, 'ssh.conf'), [
      'Host lb7',
      '  HostName 127.0.0.1',
      `  Port ${port}`,
      `  User ${userInfo().username}`,
      `  IdentityFile ${join(folder, 'own')}`,
      '  IdentitiesOnly yes',
      '  StrictHostKeyChecking no',
      `  UserKnownHostsFile ${join(folder, 'known')}`,
    ]);
    // The operator's own configuration is in the home folder, which a test leaves alone.
    mkdirSync(join(folder, 'bin'));
    write(join(folder, 'bin/ssh'), ['#!/bin/sh', `exec /usr/bin/ssh -F ${client} "$@"`], 0o755);
    process.env.PATH = `${join(folder, 'bin')}:${path}`;
    await new Promise<void>((resolve) => remote.listen(join(folder, 'control.sock'), resolve));
  });
  after(() => {
    process.env.PATH = path;
    server?.kill();
    remote.close();
    remote.closeAllConnections();
    rmSync(folder, { recursive: true });
  });

  it('is known, takes commands, and is not known once its connection is cut', async () => {
    const views: DirectorView[] = [];
    const directors = openDirectors([`ssh:lb7:${join(folder, 'control.sock')}`], {
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
