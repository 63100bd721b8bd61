// The configuration in force: the file's, with the real servers that operators have added and removed by command. Pure.

import type { DirectorConfig } from '../config/model/model.ts';
import { commonPort } from '../config/model/service.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../config/model/service-model.ts';
import { shareServices } from '../config/model/shared-services.ts';
import { changeServers, endpointText, type ServerChange } from '../config/source/changed-servers.ts';
import { formatEndpoint, parseEndpoint, spellEndpoint } from '../net/endpoint.ts';
import { describeUnknown } from './names.ts';
import type { MemberSettings, Membership, MembershipChange, Memberships } from './operator/memberships.ts';

/** A command that says otherwise than the file. */
export type Difference = Pick<Membership, 'service' | 'server' | 'by' | 'at'> & {
  readonly change: 'added' | 'removed';
  /** Why it has no effect; absent where it has. */
  readonly why?: string;
};

export type InForce = {
  /** As the file says. */
  readonly file: DirectorConfig;
  readonly config: DirectorConfig;
  readonly differences: readonly Difference[];
  /** Commands that the file has caught up with. */
  readonly caughtUp: readonly Membership[];
  readonly memberships: Memberships;
};

const changeOf = ({ service, server, settings }: MembershipChange | Membership): ServerChange => ({
  service,
  server,
  settings,
});

/** @param before its parts that do not change are kept, so that they need no second look */
export const combine = (file: DirectorConfig, memberships: Memberships, before?: InForce): InForce => {
  // In one order on all directors: schedulers choose by the order of servers.
  const commands = [...memberships.values()]
    .filter(({ done }) => !done)
    .sort((a, b) => a.revision - b.revision || (a.server < b.server ? -1 : 1));
  const { config, outcomes } = changeServers(file, commands.map(changeOf));
  const found = commands.map((command, index) => ({ command, outcome: outcomes[index] }));
  return {
    file,
    config: before === undefined ? config : shareServices(before.config, config),
    differences: found.flatMap(({ command: { service, server, settings, by, at }, outcome }): Difference[] =>
      outcome === undefined || outcome === 'in the file'
        ? []
        : [
            {
              service,
              server,
              change: settings === undefined ? 'removed' : 'added',
              by,
              at,
              ...(typeof outcome === 'object' && outcome),
            },
          ],
    ),
    caughtUp: found.flatMap(({ command, outcome }) => (outcome === 'in the file' ? [command] : [])),
    memberships,
  };
};

export const describeDifference = ({ service, server, change, by, why }: Difference): string => {
  const what = `real server ${server} of ${service} is ${change} by command on ${by}`;
  if (why !== undefined) return `${what}, which has no effect: ${why}`;
  return `${what}; the file ${change === 'added' ? 'does not name it' : 'still names it'}`;
};

/** What a command would put in force, or why it is refused. */
export type Decision =
  | { readonly change: MembershipChange; readonly next: InForce }
  | { readonly refused: string; readonly isUnknown: boolean };

const refuse = (refused: string, isUnknown = false): Decision => ({ refused, isUnknown });

const unknownIn = (what: string, name: string, names: readonly string[]): Decision =>
  refuse(describeUnknown(what, name, names), true);

const unknownService = (name: string, { virtualServices }: DirectorConfig): Decision =>
  unknownIn(
    'service',
    name,
    virtualServices.map((one) => one.name),
  );

const serversOf = ({ virtualServices }: DirectorConfig, service: string): readonly RealServerConfig[] | undefined =>
  virtualServices.find(({ name }) => name === service)?.realServers;

const at = (servers: readonly RealServerConfig[] | undefined, server: string): RealServerConfig | undefined =>
  servers?.find((one) => endpointText(one) === server);

const commanded = ({ differences }: InForce, service: string, server: string): Difference | undefined =>
  differences.find((one) => one.service === service && one.server === server);

/** The configuration with one change more, as if its command had been given. */
const attempt = (inForce: InForce, change: MembershipChange): InForce => {
  const key = `${change.service} ${change.server}`;
  const others = [...inForce.memberships].filter(([one]) => one !== key);
  const { settings, ...rest } = change;
  const made: Membership = {
    kind: 'membership',
    ...rest,
    ...(settings && { settings }),
    revision: Number.MAX_VALUE,
    by: '',
    at: 0,
  };
  return combine(inForce.file, new Map([...others, [key, made]]), inForce);
};

/** The address and port of a server that is to be added. */
const spellServer = (text: string, { matches }: VirtualServiceConfig): string => {
  const endpoint = parseEndpoint(text);
  if (endpoint === undefined) return text;
  return formatEndpoint({ ...endpoint, port: endpoint.port === 0 ? (commonPort(matches) ?? 0) : endpoint.port });
};

/** @param text the address, with the port where it differs from the service's */
export const decideAddition = (inForce: InForce, service: string, text: string, settings: MemberSettings): Decision => {
  const { config, file } = inForce;
  const found = config.virtualServices.find(({ name }) => name === service);
  if (found === undefined) return unknownService(service, config);
  const server = spellServer(text, found);
  const known = commanded(inForce, service, server);
  if (at(found.realServers, server) !== undefined)
    return refuse(
      `${service} has ${server} already, ${known ? `added by command on ${known.by}` : 'as the file says'}`,
    );
  const isInFile = at(serversOf(file, service), server) !== undefined;
  if (isInFile && Object.keys(settings).length > 0)
    return refuse(`the file names ${server} with its own settings: repeat the command without options`);
  const change = { service, server, settings };
  const next = attempt(inForce, change);
  const why = commanded(next, service, server)?.why;
  return why === undefined ? { change, next } : refuse(`${server} cannot be added to ${service}: ${why}`);
};

/** @param text the server's name, or its address and port */
export const decideRemoval = (inForce: InForce, service: string, text: string): Decision => {
  const { config, differences } = inForce;
  const servers = serversOf(config, service);
  const spelled = spellEndpoint(text);
  const found = servers?.find(({ name }) => name === spelled) ?? at(servers, spelled);
  // A command without effect can be taken back, too.
  const idle = differences.find(
    (one) => one.service === service && one.server === spelled && one.change === 'added' && one.why !== undefined,
  );
  if (found === undefined && idle === undefined)
    return servers === undefined
      ? unknownService(service, config)
      : unknownIn(
          `real server of ${service} named`,
          spelled,
          servers.map(({ name }) => name),
        );
  const server = found === undefined ? spelled : endpointText(found);
  const change = { service, server, settings: undefined };
  const next = attempt(inForce, change);
  const why = commanded(next, service, server)?.why;
  return why === undefined ? { change, next } : refuse(`${server} cannot be removed from ${service}: ${why}`);
};
