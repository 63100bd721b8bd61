// A real server of ssh on loopback, which any host name that a test gives leads to.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { closedPort } from './listening.ts';

export type SshServer = {
  /** Of its keys; the test may add files. */
  readonly folder: string;
  readonly close: () => void;
};

const write = (path: string, lines: readonly string[], mode = 0o644): string => {
  writeFileSync(path, `${lines.join('\n')}\n`, { mode });
  return path;
};

/** Starts the server, and lets `ssh` of this process and its children lead to it. @param hosts names that lead to it. */
export const startSshServer = async (hosts: readonly string[]): Promise<SshServer> => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-ssh-'));
  const path = process.env.PATH;
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
  const server: ChildProcess = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], { stdio: 'ignore' });
  const client = write(join(folder, 'ssh.conf'), [
    `Host ${hosts.join(' ')}`,
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
  return {
    folder,
    close: () => {
      process.env.PATH = path;
      server.kill();
      rmSync(folder, { recursive: true });
    },
  };
};
