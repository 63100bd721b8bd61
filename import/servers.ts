// real_server and sorry_server become servers. Pure.

import { readChecks } from './checks.ts';
import { join, mapping, type Node, type Origin, originOf, scalar, vital } from './document.ts';
import { carry, isRefusal } from './rows.ts';
import { readForwarding, serverKeywords } from './service-keywords.ts';
import type { OriginSay } from './service-target.ts';
import { blockOf, type Finding, lastOf, type Statement } from './statement.ts';
import { bareAddress, wholeNumber, writeEndpoint } from './values.ts';

const forwardingOf = (statement: Statement | undefined): string | undefined => {
  const method = statement === undefined ? undefined : readForwarding(statement);
  return method === undefined || isRefusal(method) ? undefined : String(method);
};

const checksums: Readonly<Record<string, string>> = { nocsum: 'none', csum: 'full', remcsum: 'remote' };

/** What follows TUN: `type gue port 6080 csum`. */
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

/** The forwarding of a server, where it differs from the service's. */
const ownForwarding = (method: Statement | undefined, general: string): Record<string, Node> => {
  const own = forwardingOf(method);
  if (method === undefined || own === undefined) return {};
  return { ...(own === general ? {} : { forwarding: vital(scalar(own, originOf(method))) }), ...readTunnel(method) };
};

const serverEndpoint = (server: Statement, port: number, forwarding: string, say: OriginSay): Node | undefined => {
  const origin: Origin = { keyword: `${server.keyword} ${server.words.join(' ')}`, place: server.place };
  const address = bareAddress(server.words[0]);
  const given = server.words[1] === undefined ? port : Number(server.words[1]);
  if (address === undefined || !Number.isInteger(given)) {
    say('mistaken', origin, 'expected an address and a port');
    return undefined;
  }
  // Only masquerading can change the port; keepalived takes the service's without a word.
  const kept = forwarding === 'masq' || port === 0 ? given : port;
  if (kept !== given && given !== 0)
    say('changed', origin, `${forwarding} forwarding keeps the port, so keepalived means ${kept}`);
  return vital(scalar(writeEndpoint(address, kept), origin));
};

export type ReadServer = {
  readonly entries: Readonly<Record<string, Node | undefined>>;
  readonly origin: Origin;
  readonly checks: readonly Node[];
};

/** Reads one real_server. */
export const readServer = (
  server: Statement,
  service: Statement,
  port: number,
  roots: readonly Statement[],
  findings: Finding[],
): ReadServer | undefined => {
  const say: OriginSay = (kind, origin, message) => findings.push({ kind, ...origin, message });
  const block = blockOf(server);
  const carried = carry(block, serverKeywords);
  findings.push(...carried.findings);
  const general = forwardingOf(lastOf(blockOf(service), 'lb_kind', 'lvs_method')) ?? 'masq';
  const method = lastOf(block, 'lvs_method', 'lb_kind');
  const own = forwardingOf(method) ?? general;
  const address = serverEndpoint(server, port, own, say);
  const weight = lastOf(blockOf(service), 'weight');
  const standard = weight && wholeNumber(0, 65_535)(weight);
  const checks = readChecks(server, service, roots);
  findings.push(...checks.findings);
  if (address === undefined) return undefined;
  const entries = join(
    { address },
    typeof standard === 'number' && weight ? { weight: scalar(standard, originOf(weight)) } : {},
    carried.entries,
    ownForwarding(method, general),
  );
  const origin: Origin = { keyword: `real_server ${server.words.join(' ')}`, place: server.place };
  return { entries, origin, checks: checks.nodes };
};

/** Reads the server that takes over when the quorum is lost. */
export const readSorryServer = (service: Statement, port: number, say: OriginSay): Node | undefined => {
  const statement = lastOf(blockOf(service), 'sorry_server');
  if (statement === undefined) return undefined;
  const method = lastOf(blockOf(service), 'sorry_server_lvs_method');
  const general = forwardingOf(lastOf(blockOf(service), 'lb_kind', 'lvs_method')) ?? 'masq';
  const own = forwardingOf(method) ?? general;
  const address = serverEndpoint(statement, port, own, say);
  if (address === undefined) return undefined;
  return mapping({ address, ...ownForwarding(method, general) }, originOf(statement));
};
