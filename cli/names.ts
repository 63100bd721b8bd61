// `regent names`: the names of the running director's routers, anycast entries, real servers or services.

import { askDirector } from '../controller/control/client.ts';
import type { Status } from '../controller/control/status.ts';

export type NamedKind = 'routers' | 'services' | 'servers' | 'anycast';

export const names = async (socket: string, kinds: readonly NamedKind[]): Promise<void> => {
  const { routers, services, anycast } = (await askDirector(socket, 'GET', '/v1/status')) as Status;
  const all = {
    routers,
    services,
    servers: services.flatMap(({ servers }) => servers),
    anycast: anycast?.addresses ?? [],
  };
  const found = kinds.flatMap((kind) => all[kind].map(({ name }) => name));
  for (const name of new Set(found)) process.stdout.write(`${name}\n`);
};
