// Virtual services and their checks, made from what the file says: every address expanded, every server whole. Pure.

import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts';
import type { Family } from '../../net/ip-address.ts';
import { type check, defaultCheck } from '../schema/check-keys.ts';
import type { Made } from '../schema/kind.ts';
import { guePort, type realServer, type tunnel } from '../schema/server-keys.ts';
import type { service } from '../schema/service-keys.ts';
import type { tls } from '../schema/tls-keys.ts';

type CheckKeys = Made<typeof check>;
type ServiceKeys = Made<typeof service>;
type ServerKeys = Made<typeof realServer>;

const tlsOf = ({ serverName, verify, ...others }: Made<typeof tls>) => ({
  ...(serverName !== undefined && { serverName }),
  // Certificates rarely name an address, so without an authority nothing can be verified.
  verify: verify ?? others.ca !== undefined,
  ...others,
});

const checkOf = (raw: CheckKeys) => {
  switch (raw.type) {
    case 'tcp': {
      const { halfOpen, ...others } = raw;
      return { ...others, ...(halfOpen && { halfOpen }) };
    }
    case 'https':
    case 'smtp':
      return { ...raw, tls: tlsOf(raw.tls) };
    case 'grpc': {
      const { service = '', tls: raws, ...others } = raw;
      return { ...others, service, ...(raws && { tls: tlsOf(raws) }) };
    }
    case 'udp': {
      const { payload, payloadHex, expectedReply, expectedReplyHex, ...others } = raw;
      const reply = expectedReplyHex ?? expectedReply;
      return {
        ...others,
        payload: payloadHex ?? payload ?? { encoding: 'utf8' as const, text: '' },
        /** What the reply must contain; absent for any reply. */
        ...(reply !== undefined && { expectedReply: reply }),
      };
    }
    default:
      return raw;
  }
};

/** The checks of a mapping; empty if it has none. */
const checksOf = ({ check, checks = check && [check] }: Pick<ServerKeys, 'check' | 'checks'>) =>
  checks === undefined ? {} : { checks: checks.map(checkOf) };

const tunnelOf = (raw: Made<typeof tunnel>) => ({
  ...raw,
  /** Port of the outer UDP datagram (gue); else 0. */
  port: raw.type === 'gue' ? (raw.port ?? guePort) : 0,
});

const plainTunnel: ReturnType<typeof tunnelOf> = { type: 'ipip', port: 0, checksum: 'none' };

/** What a service matches: one address with one port (0 for every port), or packets with a firewall mark. */
type Match = Endpoint | { readonly firewallMark: number; readonly family: Family };

const matchesOf = (raw: ServiceKeys): Match[] => [
  ...(raw.address ?? []),
  ...(raw.addresses ?? []).flat(),
  ...(raw.firewallMarks ?? []).map((firewallMark) => ({ firewallMark, family: raw.family })),
];

/** The port common to all addresses of the service; undefined if they differ or there is none. */
export const commonPort = (matches: readonly Match[]): number | undefined => {
  const ports = new Set(matches.map((match) => ('port' in match ? match.port : undefined)));
  return ports.size === 1 ? [...ports][0] : undefined;
};

/** Only masquerading rewrites the port, so only there may a server's differ. */
const endpointOf = (given: Endpoint, forwarding: ServiceKeys['forwarding'], port: number | undefined): Endpoint =>
  given.port === 0 || forwarding !== 'masq' ? { ...given, port: port ?? given.port } : given;

const realServerOf = (raw: ServerKeys, of: ServiceKeys, port: number | undefined) => {
  const { address, check: _, checks: __, ...others } = raw;
  const forwarding = raw.forwarding ?? of.forwarding;
  const endpoint = endpointOf(address, forwarding, port);
  return {
    ...others,
    /** Its name in commands and logs: its `name`, or else `address:port`. */
    name: raw.name ?? formatEndpoint(endpoint),
    /** Port 0: the client's destination port. */
    endpoint,
    forwarding,
    tunnel: forwarding === 'tunnel' ? tunnelOf(raw.tunnel ?? of.tunnel) : plainTunnel,
    maxConnections: raw.maxConnections ?? of.maxConnections,
    resumeConnections: raw.resumeConnections ?? (raw.maxConnections === undefined ? of.resumeConnections : 0),
    inhibit: raw.inhibit ?? of.inhibit,
    /** Its own checks instead of the service's. */
    ...checksOf(raw),
  };
};

/** A server of last resort has no limits, and no checks. */
const unlimited = { maxConnections: 0, resumeConnections: 0, standby: false, inhibit: false };

export const serviceOf = (raw: ServiceKeys) => {
  // What its servers take over, or matches and checks are made of.
  const { name, address, addresses, firewallMarks, family, forwarding, tunnel, check, checks, ...rest } = raw;
  const { maxConnections, resumeConnections, inhibit, sorryServer, ...others } = rest;
  const matches = matchesOf(raw);
  const port = commonPort(matches);
  return {
    name,
    matches,
    /** All must pass; a server without checks counts as up. */
    checks: checksOf(raw).checks ?? [checkOf(defaultCheck)],
    ...others,
    /** Takes the connections when the quorum is lost and no standby server is healthy. It is not checked. */
    ...(sorryServer && { sorryServer: realServerOf({ ...unlimited, ...sorryServer }, raw, port) }),
    realServers: raw.realServers.map((server) => realServerOf(server, raw, port)),
  };
};
