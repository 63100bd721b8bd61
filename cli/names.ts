// `regent names`: the names of the running director's routers, real servers or services.

import { askDirector } from '../controller/control/client.ts';
import type { Status } from '../controller/control/status.ts';

export const names = async (socket: string, what: 'routers' | 'servers' | 'services'): Promise<void> => {
  const { routers, services } = (await askDirector(socket, 'GET', '/v1/status')) as Status;
  const found = { routers, services, servers: services.flatMap(({ servers }) => servers) }[what];
  for (const name of new Set(found.map((one) => one.name))) process.stdout.write(`${name}\n`);
};
