// A whole director for tests: `regent run` in a namespace, its log, its control socket, and its end.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askDirector } from '../../../controller/control/client.ts';
import { isListening } from '../../netns/listening.ts';
import { type Namespace, until } from '../../netns/namespaces.ts';
import { ended, processesOf, signal } from '../../netns/vrrp/hosts.ts';

export type LogLine = {
  readonly level: string;
  readonly process: string;
  readonly subject?: string;
  readonly message: string;
};

export type Command = { readonly code: number | null; readonly out: string; readonly error: string };

export type RunningDirector = {
  /** Its configuration file. */
  readonly file: string;
  readonly log: () => LogLine[];
  readonly status: () => Promise<unknown>;
  /** Has it apply its file. @throws Error when it refuses */
  readonly reload: () => Promise<unknown>;
  /** Runs `regent` as an operator would, against this director's control socket. */
  readonly regent: (...args: string[]) => Command;
  /** Ends it by SIGTERM. @returns its exit code */
  readonly stop: () => Promise<number | null>;
  /** Ends whatever is left of it, by pid. */
  readonly remove: () => void;
};

const program = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));

/** How long an emulated machine may take to start a director or to end one. */
export const patience = 120_000;

/** Starts a director with this configuration; resolves when it answers on its control socket. */
export const runDirector = async (namespace: Namespace, configuration: string): Promise<RunningDirector> => {
  const directory = mkdtempSync(join(tmpdir(), 'regent-director-'));
  const [config, logPath, socket] = ['regent.yaml', 'log', 'control.sock'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(join(directory, 'state'));
  writeFileSync(config, configuration);
  const env = { ...process.env, RUNTIME_DIRECTORY: directory, STATE_DIRECTORY: join(directory, 'state') };
  const output = openSync(logPath, 'a');
  const child: ChildProcess = spawn(
    'ip',
    ['netns', 'exec', namespace.name, process.execPath, program, 'run', '-c', config],
    { stdio: ['ignore', output, output], env },
  );
  closeSync(output);
  const remove = (): void => {
    for (const pid of processesOf(directory)) signal(pid, 'SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await until('the director answers', async () => child.exitCode !== null || (await isListening(socket)), patience);
    if (child.exitCode !== null) throw new Error(`regent ended: ${readFileSync(logPath, 'utf8')}`);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    file: config,
    log: () =>
      readFileSync(logPath, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line): LogLine => JSON.parse(line)),
    status: () => askDirector(socket, 'GET', '/v1/status'),
    reload: () => askDirector(socket, 'POST', '/v1/reload'),
    regent: (...args) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { env, encoding: 'utf8' });
      return { code: status, out: stdout, error: stderr };
    },
    stop: () => {
      child.kill('SIGTERM');
      return ended(child, patience);
    },
    remove,
  };
};

/** Starts one web server that answers on all these addresses with the address it was asked at. Resolves when it listens. */
export const serveWeb = async (
  namespace: Namespace,
  addresses: readonly string[],
  ports: readonly number[] = [80],
): Promise<ChildProcess> => {
  const script = `
    const { createServer } = require('node:http');
    const addresses = ${JSON.stringify(addresses)};
    const ports = ${JSON.stringify(ports)};
    let left = addresses.length * ports.length;
    for (const address of addresses)
      for (const port of ports)
        createServer((request, response) => response.end(address)).listen(port, address, () => --left || console.log('up'));`;
  const child = spawn('ip', ['netns', 'exec', namespace.name, process.execPath, '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
};
