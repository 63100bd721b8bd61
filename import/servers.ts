// Converts real_server and sorry_server to servers. Pure.

import { isIP } from 'node:net';
import { readChecks } from './checks.ts';
import { join, mapping, type Node, type Origin, originOf, scalar, vital } from './document.ts';
import { forwardingOf, lastMethod } from './forwarding.ts';
import { carry } from './rows.ts';
import { serverKeywords } from './service-keywords.ts';
import type { OriginSay } from './service-target.ts';
import { blockOf, type Finding, lastOf, type Statement } from './statement.ts';
import { bareAddress, isOn, wholeNumber, writeEndpoint } from './values.ts';

const checksums: Readonly<Record<string, string>> = { nocsum: 'none', csum: 'full', remcsum: 'remote' };

/** The options after TUN: `type gue port 6080 csum`. */
export const readTunnel = (statement: Statement | undefined): Record<string, Node> => {
  if (statement === undefined || forwardingOf(statement) !== 'tunnel') return {};
  const origin = originOf(statement);
  const after = (word: string): string | undefined =>
    statement.words.includes(word) ? statement.words[statement.words.indexOf(word) + 1] : undefined;
  const [type, port] = [after('type'), after('port')];
  const checksum = statement.words.flatMap((word) => checksums[word] ?? []).at(-1);
  if (type === undefined && checksum === undefined) return {};
  return {
    tunnel: mapping(
      {
        type: type === undefined ? undefined : vital(scalar(type, origin)),
        port: port === undefined ? undefined : vital(scalar(Number(port), origin)),
        checksum: checksum === undefined ? undefined : scalar(checksum, origin),
      },
      origin,
    ),
  };
};

/** The forwarding of a server, if it differs from the service's. */
const ownForwarding = (method: Statement | undefined, general: string): Record<string, Node> => {
  const own = forwardingOf(method);
  if (method === undefined || own === undefined) return {};
  return { ...(own === general ? {} : { forwarding: vital(scalar(own, originOf(method))) }), ...readTunnel(method) };
};

/** How servers are reached. */
export type Way = {
  /** The one port of the service's addresses; 0 if they differ or there is none. */
  readonly port: number;
  /** Whether packets are matched by firewall marks alone. */
  readonly hasOnlyMarks: boolean;
};

type Endpoint = { readonly node: Node; readonly address: string; readonly given: number; readonly kept: number };

/** Only masquerading can change the port; otherwise keepalived takes the service's, and none with a firewall mark. */
const serverEndpoint = (server: Statement, way: Way, forwarding: string, say: OriginSay): Endpoint | undefined => {
  const origin: Origin = { keyword: `${server.keyword} ${server.words.join(' ')}`, place: server.place };
  const address = bareAddress(server.words[0]);
  const [, port = '0'] = server.words;
  if (address === undefined || !/^\d+$/.test(port) || Number(port) > 65_535) {
    say('mistaken', origin, 'keepalived skips it: expected an address and a port');
    return undefined;
  }
  const given = Number(port);
  const kept = forwarding === 'masq' || (way.port === 0 && !way.hasOnlyMarks) ? given : way.port;
  if (kept !== given && given !== 0) {
    const meant = kept === 0 ? 'none' : kept;
    say('changed', origin, `${forwarding} forwarding keeps the port, so keepalived means ${meant}; ${given} is probed`);
  }
  return { node: vital(scalar(writeEndpoint(address, kept), origin)), address, given, kept };
};

export type ReadServer = {
  readonly entries: Readonly<Record<string, Node | undefined>>;
  readonly origin: Origin;
  readonly checks: readonly Node[];
  readonly address: string;
  readonly port: number;
  readonly forwarding: string;
  readonly weight: number;
};

const readWeight = wholeNumber(0, 2 ** 31 - 1, 65_535);

const weightIn = (statement: Statement | undefined): number | undefined => {
  const weight = statement === undefined ? undefined : readWeight(statement);
  return typeof weight === 'number' ? weight : undefined;
};

/** Whether a failed server stays; on a service it is a bare switch, on a server it may be off. */
const readInhibit = (server: Statement | undefined, service: Statement | undefined): Record<string, Node> => {
  const line = server ?? service;
  if (line === undefined) return {};
  const isKept = server === undefined || isOn(server);
  return isKept ? { inhibit: scalar(true, originOf(line)) } : {};
};

/** Reads one real_server. */
export const readServer = (
  server: Statement,
  service: Statement,
  way: Way,
  roots: readonly Statement[],
  findings: Finding[],
): ReadServer | undefined => {
  const say: OriginSay = (kind, origin, message) => findings.push({ kind, ...origin, message });
  const block = blockOf(server);
  const outer = blockOf(service);
  const carried = carry(block, serverKeywords);
  findings.push(...carried.findings);
  const general = forwardingOf(lastMethod(outer, 'lb_kind', 'lvs_method')) ?? 'masq';
  const method = lastMethod(block, 'lvs_method');
  const own = forwardingOf(method) ?? general;
  const endpoint = serverEndpoint(server, way, own, say);
  if (endpoint === undefined) return undefined;
  const outerWeight = lastOf(outer, 'weight');
  const standard = weightIn(outerWeight);
  const port = endpoint.kept === 0 ? way.port : endpoint.kept;
  const checks = readChecks(
    server,
    service,
    { givenPort: endpoint.given, port, family: isIP(endpoint.address) },
    roots,
  );
  findings.push(...checks.findings);
  const entries = join(
    { address: endpoint.node },
    standard !== undefined && standard > 0 && outerWeight ? { weight: scalar(standard, originOf(outerWeight)) } : {},
    carried.entries,
    ownForwarding(method, general),
    readInhibit(lastOf(block, 'inhibit_on_failure'), lastOf(outer, 'inhibit_on_failure')),
  );
  const weight = entries.weight?.content;
  return {
    entries,
    origin: { keyword: `real_server ${server.words.join(' ')}`, place: server.place },
    checks: checks.nodes,
    address: endpoint.address,
    port,
    forwarding: own,
    weight: typeof weight === 'number' ? weight : 1,
  };
};

/** Reads the server that takes over when the quorum is lost. */
export const readSorryServer = (service: Statement, way: Way, say: OriginSay): Node | undefined => {
  const block = blockOf(service);
  const statement = lastOf(block, 'sorry_server');
  if (statement === undefined) return undefined;
  const method = lastMethod(block.slice(block.indexOf(statement)), 'sorry_server_lvs_method');
  const general = forwardingOf(lastMethod(block, 'lb_kind', 'lvs_method')) ?? 'masq';
  const endpoint = serverEndpoint(statement, way, forwardingOf(method) ?? general, say);
  if (endpoint === undefined) return undefined;
  return mapping({ address: endpoint.node, ...ownForwarding(method, general) }, originOf(statement));
};
