// Facts about regent's services, servers and checks, in the form of keepalived's. Pure.

import type { CheckConfig } from '../../config/model/check-model.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import type {
  RealServerConfig,
  ServiceMatch,
  TunnelConfig,
  VirtualServiceConfig,
} from '../../config/model/service-model.ts';
import { commandText, endpointText, type Facts, type Fields, fields, sorted } from './facts.ts';
import { serviceDirectorFacts } from './regent-director.ts';

const memberText = (match: ServiceMatch): string =>
  'firewallMark' in match ? `mark ${match.firewallMark}` : endpointText(match.address, match.port);

const nameOf = ({ name, matches, protocol }: VirtualServiceConfig): string => {
  const [only, ...others] = matches;
  if (only === undefined || others.length > 0) return `group ${name}`;
  return 'firewallMark' in only ? memberText(only) : `${memberText(only)} ${protocol}`;
};

const methodText = (forwarding: string, { type, port, checksum }: TunnelConfig): string =>
  forwarding === 'tunnel' ? [forwarding, type, ...(port === 0 ? [] : [port]), checksum].join(' ') : forwarding;

const isMark = (match: ServiceMatch): boolean => 'firewallMark' in match;

const serviceFields = (service: VirtualServiceConfig): Fields => {
  const { matches, persistence, sorryServer } = service;
  const [first] = matches;
  return fields({
    addresses: sorted(matches.map(memberText)),
    family: matches.every(isMark) && first !== undefined && 'firewallMark' in first ? first.family : undefined,
    protocol: matches.every(isMark) ? undefined : service.protocol,
    scheduler: service.scheduler,
    flags: sorted(service.schedulerFlags),
    'one packet': service.onePacket ? 'yes' : 'no',
    persistence: persistence === undefined ? 'none' : `${persistence.timeout / 1000} s`,
    granularity: persistence?.granularity === undefined ? 'each client' : `${persistence.granularity} bits`,
    quorum: service.quorum,
    hysteresis: service.hysteresis,
    'sorry server':
      sorryServer === undefined
        ? 'none'
        : `${endpointText(sorryServer.endpoint.address, sorryServer.endpoint.port)} ${methodText(sorryServer.forwarding, sorryServer.tunnel)}`,
    'with all servers failed': service.panicThreshold === 0 ? 'none is used' : 'those are used that were well before',
    'a failed server leaves after': `${service.drainTimeout} ms`,
  });
};

const serverFields = (server: RealServerConfig): Fields =>
  fields({
    weight: server.weight,
    forwarding: methodText(server.forwarding, server.tunnel),
    'connections at most': server.maxConnections,
    'connections again below': server.resumeConnections,
    'when it has failed': server.inhibit ? 'stays with weight 0' : 'leaves',
  });

const rangeTexts = (ranges: readonly { readonly from: number; readonly to: number }[]): string => {
  const codes = new Set(ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, at) => from + at)));
  const starts = [...codes].filter((code) => !codes.has(code - 1)).sort((a, b) => a - b);
  const endOf = (code: number): number => (codes.has(code + 1) ? endOf(code + 1) : code);
  return sorted(starts.map((code) => (endOf(code) === code ? `${code}` : `${code}-${endOf(code)}`)));
};

const kindFields = (check: CheckConfig): Record<string, string> => {
  switch (check.type) {
    case 'http':
    case 'https':
      return {
        path: check.path,
        host: check.host ?? 'none',
        statuses: rangeTexts(check.expectedStatus),
        pattern: check.bodyMatches ?? (check.bodyLacks === undefined ? 'none' : `not ${check.bodyLacks}`),
        digest: 'none',
      };
    case 'script':
      return { command: commandText(check.command), 'weight from its status': check.weightFromStatus ? 'yes' : 'no' };
    case 'dns':
      return { type: check.recordType, name: check.queryName };
    case 'smtp':
      return { helo: check.heloName ?? '' };
    case 'udp':
      return { 'needs a reply': check.silence === 'passes' ? 'no' : 'yes' };
    default:
      return {};
  }
};

const checkFields = (check: CheckConfig, server: RealServerConfig): Fields => {
  const { address = server.endpoint.address, port = server.endpoint.port } = check;
  return fields({
    kind: check.type,
    ...(check.type !== 'script' && { to: endpointText(address, check.type === 'ping' ? 0 : port) }),
    interval: `${check.interval} ms`,
    timeout: `${check.timeout} ms`,
    'failures until down': check.fall,
    ...(check.fall > 1 && { 'tries again after': `${check.fastInterval ?? check.interval} ms` }),
    ...kindFields(check),
  });
};

/** The services of a configuration, with their servers and checks. */
export const serviceFacts = (config: DirectorConfig): Facts =>
  new Map([
    ...serviceDirectorFacts(config),
    ...config.virtualServices.flatMap((service): (readonly [string, Fields])[] => {
      const name = `service ${nameOf(service)}`;
      return [
        [name, serviceFields(service)],
        ...service.realServers.flatMap((server): (readonly [string, Fields])[] => {
          const subject = `${name}, server ${endpointText(server.endpoint.address, server.endpoint.port)}`;
          const checks = server.checks ?? service.checks;
          return [
            [subject, serverFields(server)],
            ...checks.map((check, index) => [`${subject}, check ${index + 1}`, checkFields(check, server)] as const),
          ];
        }),
      ];
    }),
  ]);
