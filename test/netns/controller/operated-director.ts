// A director that a test operates as people do: by its file, its signals and its commands.

import type { ChildProcess } from 'node:child_process';
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import { askDirector } from '../../../controller/control/client.ts';
import type { Status } from '../../../controller/control/status.ts';
import type { Host } from '../vrrp/hosts.ts';

export const program = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));

export type Run = { readonly code: number | null; readonly out: string };

/** A virtual router as the configuration writes it. */
export const router = (name: string, id: number, priority: number, addresses: readonly string[]): object => ({
  name,
  interface: 'enp0s9',
  virtual_router_id: id,
  priority,
  addresses,
});

export const configPath = (host: Host): string => join(host.directory, 'regent.yaml');

/** @param vrrp what the section says beside its routers */
export const configure = (
  host: Host,
  routers: readonly object[],
  { vrrp = {}, ...rest }: { vrrp?: object; [section: string]: unknown } = {},
): void =>
  writeFileSync(configPath(host), dump({ director: host.directory.slice(-3), vrrp: { routers, ...vrrp }, ...rest }));

export const startConfigured = (host: Host): ChildProcess =>
  host.start(process.execPath, program, 'run', '-c', configPath(host));

/** Runs a command as an operator of this host would. */
export const regent = (host: Host, ...args: string[]): Run => {
  const socket = join(host.directory, 'control.sock');
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, '--socket', socket, ...args], {
    encoding: 'utf8',
  });
  return { code: status, out: stdout + stderr };
};

/** The same while the test goes on watching. */
export const operate = (host: Host, ...args: string[]): Promise<Run> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, '--socket', join(host.directory, 'control.sock'), ...args]);
    let out = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        out += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out }));
  });

export const statusOf = (host: Host): Status | undefined => {
  const { code, out } = regent(host, 'status', '--json');
  return code === 0 ? (JSON.parse(out) as Status) : undefined;
};

/** The same without a process, which takes an emulated machine seconds. */
export const askStatus = async (host: Host): Promise<Status | undefined> => {
  const answer = askDirector(join(host.directory, 'control.sock'), 'GET', '/v1/status');
  return (await answer.catch(() => undefined)) as Status | undefined;
};

/** The IPv4 addresses of the interface while it is up: starts no program, for tests that look all the time. */
export const addressesNow = (host: Host): string[] =>
  (host.namespace.enter(networkInterfaces).enp0s9 ?? []).flatMap(({ family, cidr }) =>
    family === 'IPv4' && cidr !== null ? [cidr] : [],
  );

/** The IPv4 addresses of the interface, as `ip` lists them. */
export const addressesOf = (host: Host): string[] =>
  [...host.namespace.run('ip', '-oneline', '-4', 'address', 'show', 'dev', 'enp0s9').matchAll(/inet (\S+)/g)].flatMap(
    ([, address]) => address ?? [],
  );
