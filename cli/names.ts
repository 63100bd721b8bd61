// `regent names`: the names of the running director's routers or real servers.

import { askDirector } from '../controller/control/client.ts';
import type { Status } from '../controller/control/status.ts';

export const names = async (socket: string, what: 'routers' | 'servers'): Promise<void> => {
  const { routers, services } = (await askDirector(socket, 'GET', '/v1/status')) as Status;
  const found = what === 'routers' ? routers : services.flatMap(({ servers }) => servers);
  for (const name of new Set(found.map((one) => one.name))) process.stdout.write(`${name}\n`);
};
