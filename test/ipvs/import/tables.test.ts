// The same table in the kernel from keepalived and from what was imported: all servers up, one down, all down.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../../base/error.ts';
import { hostFiles } from '../../../config/source/files.ts';
import { importKeepalived } from '../../../import/import.ts';
import { createNamespace, type Namespace, until } from '../../netns/namespaces.ts';
import { keepalivedProgram } from '../../netns/vrrp/keepalived-versions.ts';
import { type Authority, createAuthority, type Issued } from '../../servers/certificates.ts';
import { pinged, servers, sorry, virtual, writeKinds } from './kinds.ts';

const regent = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));
const serverProgram = fileURLToPath(new URL('./server.js', import.meta.url));

/** A process in the namespace that serves all protocols. */
const serve = (namespace: Namespace, address: string, { certificate, key }: Issued): ChildProcess =>
  spawn('ip', ['netns', 'exec', namespace.name, process.execPath, serverProgram, address, certificate, key], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });

/**
 * Services and destinations of the kernel's table without its counters, sorted: newer kernels list them in the order of a hash
 * that is random in each namespace.
 */
const tableOf = (namespace: Namespace): string =>
  namespace
    .run('cat', '/proc/net/ip_vs')
    .split(/\n(?=[A-Z]+ )/)
    .filter((block) => /^(TCP|UDP|FWM) /.test(block))
    .map((block) => {
      const [service = [], ...destinations] = block
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/));
      const rows = destinations.map((words) => `-> ${words.slice(1, 4).join(' ')}`).sort();
      return [service.slice(0, 3).join(' '), ...rows].join('\n');
    })
    .sort()
    .join('\n');

const count = (table: string): number => table.match(/->/g)?.length ?? 0;

/** Destinations of twelve services with two servers each; where they fail, two stay with weight 0, and a sorry server comes. */
const expected = [24, 13, 3] as const;

describe('the tables of keepalived and of what was imported', function () {
  this.timeout(360_000);
  let authority: Authority;
  before(() => {
    authority = createAuthority();
  });
  after(() => authority.remove());

  const walk = async (program: 'keepalived' | 'regent'): Promise<readonly string[]> => {
    const namespace = createNamespace(program);
    const directory = mkdtempSync(join(tmpdir(), 'regent-'));
    // A misc check may run as another user.
    chmodSync(directory, 0o755);
    mkdirSync(join(directory, 'state'));
    const log = join(directory, 'log');
    const processes: ChildProcess[] = [];
    let child: ChildProcess | undefined;
    const addresses = [...servers, ...pinged, sorry, virtual];
    /** The address of a ping goes, the file of a script, and the process. */
    const fail = (index: 0 | 1): void => {
      namespace.run('ip', 'address', 'del', `${pinged[index]}/32`, 'dev', 'lo');
      rmSync(join(directory, `ok${index}`));
      writeFileSync(join(directory, `status${index}`), '1');
      processes[index]?.kill('SIGKILL');
    };
    try {
      for (const address of addresses) namespace.run('ip', 'address', 'add', `${address}/32`, 'dev', 'lo');
      for (const index of [0, 1]) {
        writeFileSync(join(directory, `ok${index}`), '');
        writeFileSync(join(directory, `status${index}`), '12');
        const path = join(directory, `weigh${index}`);
        writeFileSync(path, `#!/bin/sh\nexit "$(cat ${join(directory, `status${index}`)})"\n`, { mode: 0o755 });
      }
      for (const address of servers) processes.push(serve(namespace, address, authority.issue([address])));
      const listening = (): number => namespace.run('cat', '/proc/net/tcp').match(/ 0A /g)?.length ?? 0;
      await until('the servers listen', () => listening() === 4 * servers.length, 60_000);
      const file = join(directory, 'keepalived.conf');
      writeFileSync(file, writeKinds(directory));
      const yaml = join(directory, 'regent.yaml');
      writeFileSync(yaml, importKeepalived(file, hostFiles, { configId: 'main', environment: {} }).yaml);
      const pids = ['p', 'r', 'c', 'b'].flatMap((part) => [`-${part}`, join(directory, `${part}.pid`)]);
      const command =
        program === 'regent'
          ? [process.execPath, regent, 'run', '-c', yaml]
          : [keepalivedProgram('2.2'), '-n', '-l', '-C', '-f', file, ...pids];
      const output = openSync(log, 'w');
      child = spawn('ip', ['netns', 'exec', namespace.name, ...command], {
        stdio: ['ignore', output, output],
        env: { ...process.env, RUNTIME_DIRECTORY: directory, STATE_DIRECTORY: join(directory, 'state') },
      });
      closeSync(output);
      const tables: string[] = [];
      /** Waits for a number of destinations that stays for a while. */
      const settle = async (destinations: number): Promise<void> => {
        let before = '';
        let since = performance.now();
        const isCalm = (): boolean => {
          const now = tableOf(namespace);
          if (now !== before || count(now) !== destinations) [before, since] = [now, performance.now()];
          return performance.now() - since > 4000;
        };
        await until(`${program} has ${destinations} destinations`, isCalm, 90_000).catch((error: unknown) => {
          throw new Error(`${messageOf(error)}\n${before}\n${readFileSync(log, 'utf8')}`);
        });
        tables.push(before);
      };
      await settle(expected[0]);
      for (const index of [0, 1] as const) {
        fail(index);
        await settle(expected[index + 1] ?? 0);
      }
      return tables;
    } finally {
      for (const each of processes) each.kill('SIGKILL');
      child?.kill('SIGTERM');
      await until('it ends', () => child === undefined || child.exitCode !== null || child.signalCode !== null, 15_000);
      rmSync(directory, { recursive: true, force: true });
      namespace.remove();
    }
  };

  it('are the same for each kind of check with all servers up, one down, and all down', async () => {
    const [theirs, ours] = await Promise.all([walk('keepalived'), walk('regent')]);
    assert.deepEqual(ours, theirs);
    assert.deepEqual(theirs.map(count), expected);
  });
});
