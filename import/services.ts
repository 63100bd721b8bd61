// virtual_server, virtual_server_group and real_server become services with their servers. Pure.

import { isIP } from 'node:net';
import { join, list, mapping, type Node, type Origin, originOf, plain, scalar, vital } from './document.ts';
import { carry } from './rows.ts';
import { type ReadServer, readServer, readSorryServer, readTunnel } from './servers.ts';
import { serviceKeywords } from './service-keywords.ts';
import { type OriginSay, readTarget, type Target } from './service-target.ts';
import { blockOf, type Finding, lastOf, type Statement } from './statement.ts';
import type { Part } from './tracking.ts';
import { writeSeconds } from './values.ts';

/** One check is a `check`, several or none are `checks`. */
const writeChecks = (checks: readonly Node[], origin: Origin): Record<string, Node> => {
  const [only] = checks;
  return only !== undefined && checks.length === 1 ? { check: only } : { checks: list(checks, origin) };
};

/** The servers, and the checks that most of them have in common, which the service then names for all. */
const joinServers = (servers: readonly ReadServer[], origin: Origin): Record<string, Node> => {
  const spell = ({ checks }: ReadServer): string => JSON.stringify(checks.map(plain));
  const counts = new Map<string, number>();
  for (const server of servers) counts.set(spell(server), (counts.get(spell(server)) ?? 0) + 1);
  const [common] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
  const model = servers.find((server) => spell(server) === common);
  const nodes = servers.map((server) =>
    mapping(
      { ...server.entries, ...(spell(server) === common ? {} : writeChecks(server.checks, server.origin)) },
      server.origin,
    ),
  );
  return {
    ...(model === undefined ? {} : writeChecks(model.checks, model.origin)),
    real_servers: list(nodes, origin),
  };
};

const flags: Readonly<Record<string, string>> = {
  'sh-port': 'port',
  'mh-port': 'port',
  'flag-2': 'port',
  'sh-fallback': 'fallback',
  'mh-fallback': 'fallback',
  'flag-1': 'fallback',
};

/** The bits of a netmask, or of a prefix length as IPv6 has it. */
const bitsOf = (mask: string): number | undefined => {
  if (/^\d+$/.test(mask)) return Number(mask);
  if (isIP(mask) !== 4) return undefined;
  const bits = mask
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
  return /^1*0*$/.test(bits) ? bits.replace(/0/g, '').length : undefined;
};

const readPersistence = (block: readonly Statement[], say: OriginSay): Node | undefined => {
  const statement = lastOf(block, 'persistence_timeout');
  const granularity = lastOf(block, 'persistence_granularity');
  const engine = lastOf(block, 'persistence_engine');
  const first = statement ?? granularity ?? engine;
  if (first === undefined) return undefined;
  const seconds = statement?.words[0] === undefined ? 360 : Number.parseInt(statement.words[0], 10);
  if (!(seconds > 0)) {
    say('mistaken', originOf(first), `expected seconds above 0, not ${statement?.words[0]}: keepalived ignores it`);
    return undefined;
  }
  const bits = bitsOf(granularity?.words[0] ?? '');
  if (granularity !== undefined && bits === undefined) say('mistaken', originOf(granularity), 'expected a netmask');
  const name = engine?.words[0];
  return mapping(
    {
      timeout: scalar(writeSeconds(seconds), originOf(first)),
      granularity: granularity && bits !== undefined ? scalar(bits, originOf(granularity)) : undefined,
      engine: engine && name !== undefined ? scalar(name, originOf(engine)) : undefined,
    },
    originOf(first),
  );
};

/** What the lines of a virtual_server say together. */
const readOptions = (service: Statement, say: OriginSay): Record<string, Node | undefined> => {
  const block = blockOf(service);
  const ops = lastOf(block, 'ops');
  const set = block.flatMap((line) =>
    flags[line.keyword] === undefined ? [] : [scalar(flags[line.keyword] ?? '', originOf(line))],
  );
  return {
    one_packet: ops && scalar(true, originOf(ops)),
    scheduler_flags: set.length === 0 ? undefined : list(set, originOf(service)),
    persistence: readPersistence(block, say),
    ...readTunnel(lastOf(block, 'lb_kind', 'lvs_method')),
  };
};

const readProtocol = (service: Statement, isMark: boolean, say: OriginSay): Node | undefined => {
  const statement = lastOf(blockOf(service), 'protocol');
  const protocol = statement?.words[0]?.toLowerCase();
  if (isMark) return undefined;
  if (statement !== undefined && protocol !== undefined && ['tcp', 'udp', 'sctp'].includes(protocol)) {
    return vital(scalar(protocol, originOf(statement)));
  }
  if (statement !== undefined)
    say('mistaken', originOf(statement), `expected TCP, UDP or SCTP, not ${protocol ?? 'nothing'}`);
  say('changed', originOf(service), 'it names no protocol, which means UDP to keepalived; write tcp if that is meant');
  return vital(scalar('udp', originOf(service)));
};

/** Reads one virtual_server. */
const readService = (
  service: Statement,
  target: Target,
  name: (protocol: string) => string,
  roots: readonly Statement[],
) => {
  const findings: Finding[] = [];
  const say: OriginSay = (kind, origin, message) => findings.push({ kind, ...origin, message });
  const origin: Origin = { keyword: `virtual_server ${service.words.join(' ')}`, place: service.place };
  const carried = carry(blockOf(service), serviceKeywords);
  findings.push(...carried.findings);
  const servers = blockOf(service)
    .filter(({ keyword }) => keyword === 'real_server')
    .flatMap((server) => readServer(server, service, target.port, roots, findings) ?? []);
  const protocol = readProtocol(service, target.hasOnlyMarks, say);
  const entries = join(
    { name: scalar(name(String(protocol?.content ?? 'tcp')), origin), ...target.entries },
    { protocol, scheduler: scalar('wlc', origin), forwarding: vital(scalar('masq', origin)) },
    carried.entries,
    readOptions(service, say),
    { sorry_server: readSorryServer(service, target.port, say) },
    joinServers(servers, origin),
  );
  return { node: { content: entries, origin } satisfies Node, findings };
};

/** Every virtual_server becomes a service; one without a server is none to keepalived either. */
export const readServices = (roots: readonly Statement[]): Part => {
  const findings: Finding[] = [];
  const names = new Set<string>();
  const nameFor = (wanted: string, protocol: string): string => {
    const name = [wanted, `${wanted}-${protocol}`].find((each) => !names.has(each)) ?? `${wanted}-${names.size + 1}`;
    names.add(name);
    return name;
  };
  const nodes = roots.flatMap((service): Node[] => {
    if (service.keyword !== 'virtual_server') return [];
    const say: OriginSay = (kind, origin, message) => findings.push({ kind, ...origin, message });
    const origin: Origin = { keyword: `virtual_server ${service.words.join(' ')}`, place: service.place };
    if (!blockOf(service).some(({ keyword }) => keyword === 'real_server')) {
      say('mistaken', origin, 'it has no real_server, so keepalived ignores it');
      return [];
    }
    const target = readTarget(service, roots, say);
    if (target === undefined) return [];
    const read = readService(service, target, (protocol) => nameFor(target.name, protocol), roots);
    findings.push(...read.findings);
    return [read.node];
  });
  return { nodes, findings };
};
