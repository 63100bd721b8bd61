// A drill's means on other hosts, by a real server of ssh: the watchdog, the clock, the client, and what is refused.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Batch } from '../../drill/client/batch.ts';
import { startClientOn } from '../../drill/remote/client.ts';
import { guard } from '../../drill/remote/guard.ts';
import { bySsh, compareClock } from '../../drill/remote/ssh.ts';
import { program } from '../netns/controller/operated-director.ts';
import { until } from '../netns/namespaces.ts';
import { type SshServer, startSshServer } from '../servers/ssh-server.ts';

const guardModule = new URL('../../drill/remote/guard.js', import.meta.url).href;
const sshModule = new URL('../../drill/remote/ssh.js', import.meta.url).href;

describe('a drill by ssh', () => {
  let server: SshServer;
  const mark = () => join(server.folder, 'mark');
  const script = () => ({ apply: `touch ${mark()}`, undo: `rm -f ${mark()}` });

  before(async () => {
    server = await startSshServer(['lb7', 'lb8']);
    await until('ssh answers', () => spawnSync('ssh', ['lb7', 'true']).status === 0, 60_000);
  });
  after(() => server?.close());

  it('makes a fault and undoes it', async () => {
    const { at, undo } = await guard(bySsh, 'lb7', script(), 60_000);
    assert.ok(Math.abs(at - Date.now()) < 60_000);
    assert.ok(existsSync(mark()));
    await undo();
    assert.ok(!existsSync(mark()));
  });

  it('has its faults undone when it is killed', async () => {
    const words = `const { guard } = await import('${guardModule}'); const { bySsh } = await import('${sshModule}'); await guard(bySsh, 'lb7', ${JSON.stringify(script())}, 600000); console.log('done');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    assert.ok(existsSync(mark()));
    child.kill('SIGKILL');
    await until('it is undone', () => !existsSync(mark()), 30_000);
  });

  it('says why a fault cannot be made', () =>
    assert.rejects(
      guard(bySsh, 'lb7', { apply: 'echo no such thing >&2; false', undo: ':' }, 60_000),
      /on lb7: no such thing/,
    ));

  it('compares clocks within the error that it states', async () => {
    const { ahead, error } = await compareClock(bySsh, 'lb7');
    assert.ok(Math.abs(ahead) <= error + 5, `${ahead} ± ${error}`);
  });
  it('does not take the end of ssh for a clock', () =>
    assert.rejects(compareClock(bySsh, 'lb9.invalid'), /does not reach/));

  it('runs its client there, which needs Node alone', async () => {
    const web = createServer((_, response) => response.end('rs0\n')).listen(0, '127.0.0.1');
    await once(web, 'listening');
    const { port } = web.address() as AddressInfo;
    const plan = { host: '127.0.0.1', port, authority: 'here', path: '/', download: '/d', every: 50 };
    const child = startClientOn(bySsh, 'lb7', {
      ...plan,
      timeout: 5000,
      answerTimeout: 5000,
      established: 1,
      downloads: 0,
    });
    assert.ok(child.stdout);
    const requests: unknown[] = [];
    let kept = 0;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const batch = JSON.parse(line) as Batch;
      requests.push(...batch.requests.filter(([, , , good, name]) => good === 1 && name === 'rs0'));
      kept = batch.connections.filter(({ heard }) => heard > 0).length;
    });
    await until('it has answers', () => requests.length > 5 && kept === 1, 60_000);
    const ended = once(child, 'exit');
    child.stdin?.end();
    await ended;
    web.close();
    web.closeAllConnections();
  });

  it('refuses, before anything, a pair without a configuration, and a fault that the file does not allow', () => {
    const file = join(server.folder, 'mine.yaml');
    const write = (allow: string) =>
      writeFileSync(
        file,
        `drill: mine\nclient: { get: "http://192.0.2.1/" }\nsteps:\n  - { do: handover, director: lb7 }\n${allow}`,
      );
    const run = () =>
      spawnSync(process.execPath, [program, 'drill', file, '--on', 'ssh:lb7,ssh:lb8', '--yes'], { encoding: 'utf8' });
    write('');
    const refused = run();
    assert.equal(refused.status, 2, refused.stderr);
    assert.match(refused.stderr, /mine\.yaml:4:11: handover cannot be done here: .*allow: \[handover\]/);
    write('allow: [handover]\n');
    assert.notEqual(run().status, 0);
    assert.ok(readFileSync(file, 'utf8').includes('allow'));
  });
});
