// The program on the directors of a drill in the lab: regent or keepalived, started, signalled and asked as an operator does.

import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Document } from '../configuration.ts';
import { configurationFile, followLines, launchDirector, regentCommand, startDirector } from '../directors.ts';
import type { Namespaces } from '../hosts.ts';
import { folderOf } from '../teardown.ts';
import type { DirectorName } from '../topology.ts';
import { keepalivedConfiguration } from './keepalived.ts';

export const subjectNames = ['regent', 'keepalived'] as const;
export type SubjectName = (typeof subjectNames)[number];

export type ProcessName = 'controller' | 'vrrp' | 'healthcheck';

export type Subject = {
  readonly name: SubjectName;
  /** Starts it on a director for the first time; its lines go to `onLine`. */
  readonly start: (director: DirectorName, onLine: (line: string) => void) => Promise<void>;
  /** Starts it again, after it has ended. */
  readonly startAgain: (director: DirectorName) => Promise<void>;
  /** Whether a command line is of one of its processes. */
  readonly isOwn: (command: string) => boolean;
  /** Its process of a kind among those; undefined without one. */
  readonly pidOf: (
    director: DirectorName,
    process: ProcessName,
    own: ReadonlyMap<number, string>,
  ) => number | undefined;
  /** A command of its command line; undefined where it has none. */
  readonly command?: (director: DirectorName, ...args: readonly string[]) => Promise<string>;
  readonly configuration: (director: DirectorName) => string;
};

export const regentSubject = (hosts: Namespaces, documents: Readonly<Record<DirectorName, Document>>): Subject => ({
  name: 'regent',
  start: async (director, onLine) => void (await startDirector(hosts, director, documents[director], onLine)),
  startAgain: async (director) => void (await launchDirector(hosts, director)),
  isOwn: (command) => /\/dist\/(cli|vrrp|healthcheck|bundle|base|config)\//.test(command),
  pidOf: (director, process, own) => {
    const isController = (command: string) => command.includes('\0run\0');
    if (process === 'controller') return [...own].find(([, command]) => isController(command))?.[0];
    const file = join(folderOf(hosts.prefix), director, 'run', `${process}.sock.pid`);
    const pid = Number(readFileSync(file, 'utf8'));
    return own.has(pid) ? pid : undefined;
  },
  command: (director, ...args) => regentCommand(hosts, director, ...args),
  configuration: (director) => readFileSync(configurationFile(hosts, director), 'utf8'),
});

export const keepalivedSubject = (hosts: Namespaces, documents: Readonly<Record<DirectorName, Document>>): Subject => {
  const folder = (director: DirectorName) => join(folderOf(hosts.prefix), `${director}-keepalived`);
  const fileOf = (director: DirectorName) => join(folder(director), 'keepalived.conf');
  const launch = (director: DirectorName): ChildProcess => {
    const place = (name: string) => join(folder(director), name);
    const output = openSync(place('log'), 'a');
    const pids = ['-p', place('main.pid'), '-r', place('vrrp.pid'), '-c', place('checkers.pid')];
    const child = hosts.start(director, ['keepalived', '-n', '-l', '-D', '-f', fileOf(director), ...pids], {
      stdio: ['ignore', output, output],
    });
    child.unref();
    closeSync(output);
    return child;
  };
  const pidFiles: Readonly<Record<ProcessName, string>> = { controller: 'main', vrrp: 'vrrp', healthcheck: 'checkers' };
  return {
    name: 'keepalived',
    start: async (director, onLine) => {
      mkdirSync(folder(director), { recursive: true, mode: 0o700 });
      // It checks a configuration's owner and mode.
      writeFileSync(fileOf(director), keepalivedConfiguration(documents[director], director), { mode: 0o600 });
      launch(director);
      await followLines(join(folder(director), 'log'), onLine);
    },
    startAgain: async (director) => void launch(director),
    isOwn: (command) => /(^|\/)keepalived\0/.test(command),
    pidOf: (director, process, own) => {
      const pid = Number(readFileSync(join(folder(director), `${pidFiles[process]}.pid`), 'utf8'));
      return own.has(pid) ? pid : undefined;
    },
    configuration: (director) => readFileSync(fileOf(director), 'utf8'),
  };
};
