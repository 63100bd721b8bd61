// The effects of a new configuration on the real servers of a service. Pure.

import { formatDuration } from '../../base/units.ts';
import { describeMatch, type RealServerConfig } from '../../config/model/service-model.ts';
import { isInForce } from '../operator/commands.ts';
import { cut, hitless, type PlanLine } from '../plan-line.ts';
import { connectionsOf, type Keyed, keysOf, serversOf } from './keyed-services.ts';
import type { Living } from './living.ts';
import { differences } from './words.ts';

const planCommands = (was: string | undefined, is: string, { commandOf }: Living): string => {
  const [old, next] = [was, is].map((name) => (name === undefined ? undefined : commandOf?.(name)));
  const inForce = (command: typeof old): string | undefined => {
    if (command === undefined || !isInForce(command)) return undefined;
    return command.drained ? 'is drained by command' : `has weight ${command.weight} by command`;
  };
  const [before, after] = [inForce(old), inForce(next)];
  if (was === is || before === after) return '';
  if (after !== undefined) return `; ${is} ${after}`;
  return `; ${was} ${before} until then, because commands are by name`;
};

export const planServers = (was: Keyed, is: Keyed, living: Living): PlanLine[] => {
  const shared = [...is.matches.keys()].filter((key) => was.matches.has(key));
  const before = new Map(
    serversOf(was.service).flatMap((server) =>
      [describeMatch(server.endpoint), ...keysOf(was, server, shared)].map((key) => [key, server] as const),
    ),
  );
  const identities = (server: RealServerConfig): string[] => {
    const keys = keysOf(is, server, shared);
    return keys.length > 0 ? keys : [describeMatch(server.endpoint)];
  };
  const staying = new Set<RealServerConfig>();
  const lines = serversOf(is.service).flatMap((server): PlanLine[] => {
    const former = identities(server).flatMap((key) => before.get(key) ?? [])[0];
    const subject = `${server === is.service.sorryServer ? 'sorry server' : 'real server'} ${server.name} of ${is.service.name}`;
    if (former === undefined) {
      const checks = server.checks ?? is.service.checks;
      const when = checks.length > 0 ? 'once its check has passed' : 'at once';
      const takes = server === is.service.sorryServer ? '' : `; it takes connections ${when}`;
      return [
        hitless(
          subject,
          `is added with weight ${server.weight}${takes}${planCommands(undefined, server.name, living)}`,
        ),
      ];
    }
    staying.add(former);
    const changes = differences(former, server, ['endpoint']);
    if (former.endpoint.address === server.endpoint.address && former.endpoint.port !== server.endpoint.port)
      changes.push(`port ${former.endpoint.port} -> ${server.endpoint.port}`);
    const change = changes.join(', ');
    return change === '' ? [] : [hitless(subject, change + planCommands(former.name, server.name, living))];
  });
  const gone = serversOf(was.service).filter((server) => !staying.has(server));
  const isReplaced = staying.size === 0 && serversOf(is.service).length > 0 && shared.length > 0;
  return [
    ...lines,
    ...gone.map((server): PlanLine => {
      const subject = `real server ${server.name} of ${is.service.name}`;
      const connections = connectionsOf(was, [server], shared, living);
      const when = isReplaced ? 'is removed once another server takes connections' : 'is removed';
      const { drainTimeout } = is.service;
      const limit = drainTimeout === 0 ? '' : `; its connections have ${formatDuration(drainTimeout)} to end`;
      return cut(subject, connections === 0 ? when : `${when}${limit}`, connections);
    }),
  ];
};
