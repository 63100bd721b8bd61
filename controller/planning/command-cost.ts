// What a drain or a weight would change, from the status of the services that have the server. Pure.

import type { ServerStatus, ServiceStatus } from '../control/status.ts';
import type { CommandChange } from '../operator/commands.ts';
import type { PlanLine } from '../plan-line.ts';

/** The weight that new connections are shared by; 0 where the server takes none. */
const sharedWeight = ({ health, drained, command, configuredWeight, weight }: ServerStatus): number =>
  health !== 'up' || drained ? 0 : (command?.weight ?? weight ?? configuredWeight);

const after = (server: ServerStatus, { drained = server.drained, weight }: CommandChange): ServerStatus => {
  const { weight: held, ...rest } = server;
  const given = weight ?? server.command?.weight;
  if (typeof given === 'number') return { ...rest, drained, command: { by: '', at: 0, weight: given } };
  // Without a command the configured weight counts, unless the kernel has one by a check.
  const keeps = weight === undefined && !server.drained && held !== undefined;
  const { command: _, ...without } = rest;
  return { ...without, drained, ...(keeps && { weight: held }) };
};

const percentOf = (part: number, whole: number): string => `${Math.round((100 * part) / Math.max(1, whole))}%`;

const continuing = ({ livingConnections = 0 }: ServerStatus): string => {
  if (livingConnections === 0) return 'it has no live connection';
  return livingConnections === 1
    ? 'its live connection continues'
    : `its ${livingConnections} live connections continue`;
};

const planFor = (service: ServiceStatus, server: ServerStatus, change: CommandChange): PlanLine => {
  const subject = `real server ${server.name} of ${service.name}`;
  const changed = after(server, change);
  const others = service.servers
    .filter(({ name }) => name !== server.name)
    .reduce((sum, other) => sum + sharedWeight(other), 0);
  const [before, next] = [sharedWeight(server), sharedWeight(changed)];
  if (next === 0) {
    const why = server.health === 'up' ? '' : `; it is ${server.health}, and takes none now either`;
    const text = `takes no new connections; ${continuing(server)}${why}`;
    if (others > 0 || before === 0) return { subject, change: text, effect: 'hitless' };
    return { subject, change: `${text}; no other server of ${service.name} takes any`, effect: 'refuses' };
  }
  const share = `about ${percentOf(next, next + others)} of the new connections instead of ${percentOf(before, before + others)}`;
  return { subject, change: `weight ${next}: ${share}; ${continuing(server)}`, effect: 'hitless' };
};

/** A line for each service that has the server. */
export const planCommand = (services: readonly ServiceStatus[], name: string, change: CommandChange): PlanLine[] =>
  services.flatMap((service) =>
    service.servers.filter((server) => server.name === name).map((server) => planFor(service, server, change)),
  );
