// `regent server add` and `remove`: a service's real servers by command.

import { askDirector } from '../controller/control/client.ts';
import { WrongUsage } from './exit-codes.ts';

export type AdditionOptions = {
  readonly weight?: string;
  readonly name?: string;
  readonly forwarding?: string;
  readonly maxConnections?: string;
};

const pathOf = (service: string, server?: string): string =>
  ['', 'v1', 'services', service, 'servers', ...(server === undefined ? [] : [server])]
    .map(encodeURIComponent)
    .join('/');

const numberOf = (option: string, text: string): number => {
  if (!/^\d+$/.test(text)) throw new WrongUsage(`--${option} is a whole number, not ${text}`);
  return Number(text);
};

export const addServer = async (
  socket: string,
  service: string,
  address: string,
  { weight, name, forwarding, maxConnections }: AdditionOptions,
): Promise<void> => {
  const settings = {
    ...(name !== undefined && { name }),
    ...(weight !== undefined && { weight: numberOf('weight', weight) }),
    ...(forwarding !== undefined && { forwarding }),
    ...(maxConnections !== undefined && { max_connections: numberOf('max-connections', maxConnections) }),
  };
  await askDirector(socket, 'POST', pathOf(service), { address, ...settings });
  process.stdout.write(`${service}: ${address} added by command, until the file names it\n`);
};

export const removeServer = async (socket: string, service: string, server: string): Promise<void> => {
  await askDirector(socket, 'DELETE', pathOf(service, server));
  process.stdout.write(`${service}: ${server} removed by command\n`);
};
