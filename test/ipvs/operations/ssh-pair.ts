// The lab's pair, with a server of ssh in the namespace of each director and of the client, as hosts that a drill reaches.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationOf, readDocument, regentProgram } from '../../../lab/configuration.ts';
import { configurationFile, startDirector, writeKey } from '../../../lab/directors.ts';
import { bootHosts, type Namespaces } from '../../../lab/hosts.ts';
import { startWebServer } from '../../../lab/stage.ts';
import { folderOf, tearDown } from '../../../lab/teardown.ts';
import { directorNames, realServerNames } from '../../../lab/topology.ts';

export type SshPair = {
  readonly hosts: Namespaces;
  /** Begins PATH for a process whose `ssh` leads to lb0, lb1 and cl0. */
  readonly path: string;
  readonly close: () => void;
};

const etc = '/etc/regent';
const sshHosts = [...directorNames, 'cl0'] as const;

const write = (path: string, lines: readonly string[], mode = 0o600): string => {
  writeFileSync(path, `${lines.join('\n')}\n`, { mode });
  return path;
};

/** A server for each connection, which needs no port: it speaks by its standard input and output. */
const writeServer = (hosts: Namespaces, host: (typeof sshHosts)[number], folder: string): void => {
  const own = join(folder, host);
  mkdirSync(join(own, 'bin'), { recursive: true });
  mkdirSync(join(own, 'etc'));
  write(join(own, 'bin/regent'), ['#!/bin/sh', `exec ${process.execPath} ${regentProgram} "$@"`], 0o755);
  symlinkSync(process.execPath, join(own, 'bin/node'));
  const places = join(folderOf(hosts.prefix), host);
  const path = `${join(own, 'bin')}:/usr/sbin:/usr/bin:/sbin:/bin`;
  const config = write(join(own, 'sshd.conf'), [
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized')}`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    // Without what this machine's root has its shell do.
    `SetEnv HOME=${own} PATH=${path} RUNTIME_DIRECTORY=${join(places, 'run')} STATE_DIRECTORY=${join(places, 'state')} REGENT_LAB=${hosts.prefix}`,
  ]);
  const inside = `mount --bind ${join(own, 'etc')} ${etc} && exec /usr/sbin/sshd -i -f ${config}`;
  const enter = ['#!/bin/sh', `exec ip netns exec ${hosts.namespaceOf(host)} unshare -m sh -c '${inside}' 2>/dev/null`];
  write(join(own, 'enter'), enter, 0o755);
};

/** Sets the pair up. @param prefix see teardown.ts. */
export const openSshPair = async (prefix: string): Promise<SshPair> => {
  const folder = join(folderOf(prefix), 'ssh');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const isMade = !existsSync(etc);
  if (isMade) mkdirSync(etc);
  mkdirSync('/run/sshd', { recursive: true });
  await writeKey(prefix);
  const hosts = await bootHosts(prefix, 'gateway');
  for (const server of realServerNames) await startWebServer(hosts, server);
  for (const name of ['host', 'own'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  execFileSync('cp', [join(folder, 'own.pub'), join(folder, 'authorized')]);
  for (const host of sshHosts) writeServer(hosts, host, folder);
  for (const name of directorNames) {
    await startDirector(hosts, name, await readDocument(configurationOf(name, 'gateway')), () => {});
    execFileSync('cp', [configurationFile(hosts, name), join(folder, name, 'etc/regent.yaml')]);
  }
  const config = write(join(folder, 'ssh.conf'), [
    `Host ${sshHosts.join(' ')}`,
    `  ProxyCommand ${join(folder, '%h', 'enter')}`,
    '  User root',
    `  IdentityFile ${join(folder, 'own')}`,
    '  IdentitiesOnly yes',
    '  StrictHostKeyChecking no',
    '  UserKnownHostsFile /dev/null',
    '  LogLevel ERROR',
  ]);
  mkdirSync(join(folder, 'bin'));
  chmodSync(write(join(folder, 'bin/ssh'), ['#!/bin/sh', `exec /usr/bin/ssh -F ${config} "$@"`]), 0o755);
  return {
    hosts,
    path: join(folder, 'bin'),
    close: () => {
      tearDown(prefix);
      if (isMade) rmdirSync(etc);
    },
  };
};
