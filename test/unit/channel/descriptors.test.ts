// A process that is short of descriptors connects to its child once it has one again.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { listenChannel } from '../../../channel/listen.ts';

describe('a channel of a process without descriptors', () => {
  it('is connected as soon as there is one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'regent-'));
    const path = join(folder, 'channel.sock');
    const channel = await listenChannel(path, { onMessage: () => undefined });
    const program = fileURLToPath(new URL('short-of-descriptors.js', import.meta.url));
    const child = spawn('bash', ['-c', 'ulimit -n 64; exec "$@"', 'bash', process.execPath, program, path]);
    const exited = once(child, 'exit');
    const said = await text(child.stdout);
    assert.deepEqual([said.split('\n').slice(0, -1), (await exited)[0]], [['begins', 'EMFILE', 'connects'], 0]);
    channel.close();
    await rm(folder, { recursive: true });
  });
});
