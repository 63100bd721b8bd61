// `regent drain`, `undrain` and `weight`: commands about one real server.

import { parseDuration } from '../base/units.ts';
import { askDirector } from '../controller/control/client.ts';
import type { Status } from '../controller/control/status.ts';
import { WrongUsage } from './exit-codes.ts';
import { serverNamed } from './server-name.ts';

const pathOf = (server: string, command: string): string => `/v1/servers/${encodeURIComponent(server)}/${command}`;
const pollEvery = 500;

const connectionsOf = ({ services }: Status, name: string): number =>
  services
    .flatMap(({ servers }) => servers)
    .filter((server) => server.name === name)
    .reduce((sum, { livingConnections = 0 }) => sum + livingConnections, 0);

const waitUntilIdle = async (socket: string, server: string, max: number): Promise<void> => {
  const name = await serverNamed(server);
  const deadline = performance.now() + max;
  let shown: number | undefined;
  for (;;) {
    const left = connectionsOf((await askDirector(socket, 'GET', '/v1/status')) as Status, name);
    if (left !== shown) process.stdout.write(`${server}: ${left} live connections\n`);
    shown = left;
    if (left === 0) return;
    if (performance.now() >= deadline) {
      throw new Error(`${server} still has ${left} live connections; it stays drained, and its connections stay`);
    }
    await new Promise((resolve) => setTimeout(resolve, pollEvery));
  }
};

export type DrainOptions = { readonly untilIdle?: boolean; readonly max?: string };

export const drain = async (socket: string, server: string, { untilIdle, max }: DrainOptions): Promise<void> => {
  const span = max === undefined ? Number.POSITIVE_INFINITY : parseDuration(max);
  if (span === undefined) throw new WrongUsage(`--max is a duration with its unit, such as 10m, not ${max}`);
  await askDirector(socket, 'POST', pathOf(server, 'drain'));
  process.stdout.write(`${server}: drained\n`);
  if (untilIdle || max !== undefined) await waitUntilIdle(socket, server, span);
};

export const undrain = async (socket: string, server: string): Promise<void> => {
  await askDirector(socket, 'POST', pathOf(server, 'undrain'));
  process.stdout.write(`${server}: no longer drained\n`);
};

/** @param weight `configured` undoes the command. */
export const weigh = async (socket: string, server: string, weight: string): Promise<void> => {
  if (weight === 'configured') await askDirector(socket, 'DELETE', pathOf(server, 'weight'));
  else await askDirector(socket, 'PUT', pathOf(server, 'weight'), { weight: Number(weight) });
  process.stdout.write(`${server}: weight ${weight === 'configured' ? 'as configured' : weight}\n`);
};
