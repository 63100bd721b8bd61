// The status page for people. Pure.

type Router = { name: string; state: string; reason: string; priority: number; addresses: string[]; since: number };
type RealServer = {
  name: string;
  health: string;
  drained: boolean;
  weight?: number;
  activeConnections?: number;
  reason: string;
};
type Status = {
  director: string;
  routers: Router[];
  services: { name: string; address: string; servers: RealServer[] }[];
};

/** Renders what `GET /v1/status` answers. */
export const renderStatus = (answer: unknown): string => {
  const { director, routers, services } = answer as Status;
  const lines = [
    `director ${director}`,
    ...routers.map(
      ({ name, state, priority, addresses, since, reason }) =>
        `  router ${name.padEnd(10)} ${state.padEnd(10)} priority ${String(priority).padEnd(4)} ${addresses.join(' ')}  since ${new Date(since).toISOString()}: ${reason}`,
    ),
    ...services.flatMap(({ name, address, servers }) => [
      `  service ${name} ${address}`,
      ...servers.map(
        (server) =>
          `    ${server.name.padEnd(10)} ${(server.drained ? 'drained' : server.health).padEnd(8)} weight ${String(server.weight ?? '-').padEnd(4)} ${String(server.activeConnections ?? '-').padStart(5)} active  ${server.reason}`,
      ),
    ]),
  ];
  return `${lines.join('\n')}\n`;
};
