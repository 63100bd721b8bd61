// How a director's control socket is reached: on this host, or on another by ssh, which forwards the socket. The right to
// command is the right to open the socket, there as here.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { harmlessText } from '../../base/harmless-text.ts';

export type Reach = {
  /** @returns the path of a socket on this host. @throws with a readable message while there is none. */
  readonly socket: (signal: AbortSignal) => Promise<string>;
  readonly close: () => void;
};

const remoteSocket = '/run/regent/control.sock';
const lookEvery = 50;

/** `ssh:HOST`, or `ssh:HOST:/path/of/control.sock`. */
export const remoteOf = (source: string): { readonly host: string; readonly path: string } | undefined => {
  const found = /^ssh:(.+?)(?::(\/.*))?$/.exec(source);
  return found === null ? undefined : { host: found[1] ?? '', path: found[2] ?? remoteSocket };
};

// A connection of its own, ended by silence: a host without power sends nothing. A host that begins with a dash would be an option.
const flags = [
  ...['BatchMode=yes', 'ConnectTimeout=5', 'ServerAliveInterval=2', 'ServerAliveCountMax=2', 'ControlPath=none'],
  ...['ExitOnForwardFailure=yes', 'Compression=yes', 'StreamLocalBindUnlink=yes', 'StreamLocalBindMask=0177'],
].flatMap((flag) => ['-o', flag]);

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** @param local path of the forwarded socket on this host. */
const forward = (host: string, path: string, local: string): Reach => {
  let child: ChildProcess | undefined;
  let words = '';

  const start = (): ChildProcess => {
    words = '';
    rmSync(local, { force: true });
    const ssh = spawn('ssh', ['-N', '-T', ...flags, '-L', `${local}:${path}`, '--', host], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    ssh.on('error', ({ message }) => {
      words = message;
      child = undefined;
    });
    ssh.stderr.setEncoding('utf8');
    ssh.stderr.on('data', (text: string) => {
      words = harmlessText(text.trim().split('\n').at(-1) ?? '');
    });
    return ssh;
  };

  return {
    socket: async (signal) => {
      if (child === undefined || hasEnded(child)) child = start();
      while (!existsSync(local)) {
        if (child === undefined || hasEnded(child))
          throw new Error(`ssh does not reach ${host}: ${words || 'it ended'}`);
        await sleep(lookEvery, undefined, { signal });
      }
      return local;
    },
    close: () => void child?.kill(),
  };
};

/** @param folder where forwarded sockets lie; no other user may enter it. */
export const openReach = (source: string, id: number, folder: string): Reach => {
  const remote = remoteOf(source);
  if (remote === undefined) return { socket: () => Promise.resolve(source), close: () => undefined };
  return forward(remote.host, remote.path, `${folder}/${id}.sock`);
};
