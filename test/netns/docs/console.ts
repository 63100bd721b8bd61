// Types the commands of a page on the hosts of a test, where /etc/regent is the host's own folder.

import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Run } from '../controller/operated-director.ts';
import type { Host } from '../vrrp/hosts.ts';

const program = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));

/** Puts the command `regent` on the host's path. */
export const installCommand = (host: Host): void => {
  const shim = join(host.directory, 'regent');
  writeFileSync(shim, `#!/bin/sh\nexec ${process.execPath} ${program} "$@"\n`);
  chmodSync(shim, 0o755);
};

export const typeCommand = (host: Host, command: string): Promise<Run> =>
  new Promise((resolve, reject) => {
    const typed = command.replaceAll('/etc/regent/', `${host.directory}/`);
    const child = spawn('ip', ['netns', 'exec', host.namespace.name, 'sh', '-c', typed], {
      env: { ...process.env, PATH: `${host.directory}:${process.env.PATH}`, RUNTIME_DIRECTORY: host.directory },
    });
    let out = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        out += chunk.toString();
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out }));
  });
