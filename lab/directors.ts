// regent on the directors, run like a user: `regent run -c FILE` in each, and its commands on its control socket.

import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Document, regentProgram, writeCopy } from './configuration.ts';
import type { Namespaces } from './hosts.ts';
import { folderOf } from './teardown.ts';
import type { DirectorName } from './topology.ts';

export type Director = {
  readonly name: DirectorName;
  /** Runs a command of regent on this director. @returns its output. @throws if it fails. */
  readonly command: (...args: readonly string[]) => Promise<string>;
  /** How the director's process ended; undefined while it runs. */
  readonly ended: () => string | undefined;
};

const tailEvery = 50;

const keyFileOf = (prefix: string): string => join(folderOf(prefix), 'peers.key');

/** Writes the key that the directors of this lab share. */
export const writeKey = (prefix: string): Promise<void> =>
  writeFile(keyFileOf(prefix), `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });

/** Calls back for each line appended to a file, until that is deleted. */
export const followLines = async (path: string, onLine: (line: string) => void): Promise<void> => {
  const file = await open(path, 'r');
  const buffer = Buffer.alloc(65_536);
  let rest = '';
  const read = async () => {
    const { bytesRead } = await file.read(buffer, 0, buffer.length);
    const lines = (rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (bytesRead === 0 && (await file.stat()).nlink === 0) return await file.close();
    setTimeout(read, tailEvery).unref();
  };
  await read();
};

const describeEnd = ({ exitCode, signalCode }: ChildProcess): string | undefined =>
  exitCode !== null ? `exited with ${exitCode}` : signalCode !== null ? `ended by ${signalCode}` : undefined;

type Places = {
  readonly env: Readonly<Record<'RUNTIME_DIRECTORY' | 'STATE_DIRECTORY', string>>;
  readonly configuration: string;
  readonly log: string;
};

const placesOf = (hosts: Namespaces, name: DirectorName): Places => {
  const folder = join(folderOf(hosts.prefix), name);
  return {
    env: { RUNTIME_DIRECTORY: join(folder, 'run'), STATE_DIRECTORY: join(folder, 'state') },
    configuration: join(folder, 'regent.yaml'),
    log: join(folder, 'regent.log'),
  };
};

/** The configuration that a director of the lab runs. */
export const configurationFile = (hosts: Namespaces, name: DirectorName): string => placesOf(hosts, name).configuration;

const regent = (...args: readonly string[]): string[] => [process.execPath, regentProgram, ...args];

/** Runs a command of regent on a director. @returns its output. @throws if it fails. */
export const regentCommand = (hosts: Namespaces, name: DirectorName, ...args: readonly string[]): Promise<string> =>
  hosts.run(name, regent(...args), { env: placesOf(hosts, name).env });

/** Starts regent on a director whose files exist; its output is appended to its log. */
export const launchDirector = async (hosts: Namespaces, name: DirectorName): Promise<ChildProcess> => {
  const { env, configuration, log } = placesOf(hosts, name);
  const output = await open(log, 'a');
  const stdio = ['ignore', output.fd, output.fd] as const;
  const child = hosts.start(name, regent('run', '-c', configuration), { env, stdio: [...stdio] });
  child.unref();
  await output.close();
  return child;
};

/**
 * Starts regent on a director, with run and state folders of its own. Its log goes through a file, because regent must be able to
 * outlive the lab's main process (`--keep`).
 * @param onLine is called for every line of the director's output.
 */
export const startDirector = async (
  hosts: Namespaces,
  name: DirectorName,
  document: Document,
  onLine: (line: string) => void,
): Promise<Director> => {
  const { env, configuration, log } = placesOf(hosts, name);
  for (const needed of Object.values(env)) await mkdir(needed, { recursive: true, mode: 0o700 });
  await writeCopy(document, configuration, keyFileOf(hosts.prefix));
  const child = await launchDirector(hosts, name);
  await followLines(log, onLine);
  return {
    name,
    command: (...args) => regentCommand(hosts, name, ...args),
    ended: () => describeEnd(child),
  };
};
