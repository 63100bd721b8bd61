// Converts virtual_server, virtual_server_group and real_server to services with their servers. Pure.

import { isIP } from 'node:net';
import { join, list, mapping, type Node, type Origin, originOf, type Part, plain, scalar, vital } from './document.ts';
import { lastMethod } from './forwarding.ts';
import { readPersistence } from './persistence.ts';
import { carry } from './rows.ts';
import { type ReadServer, readServer, readSorryServer, readTunnel } from './servers.ts';
import { serviceKeywords } from './service-keywords.ts';
import { type OriginSay, readTarget, type ServiceTarget } from './service-target.ts';
import { blockOf, type Finding, lastOf, type Statement } from './statement.ts';

/** Always a list: if its entries are dropped, regent's default check must not apply. */
const writeChecks = (checks: readonly Node[], origin: Origin): Record<string, Node> => ({
  checks: list(checks, origin),
});

/** The servers, and the checks that most of them share, which are then written on the service. */
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

/** The flags that keepalived sets: those named after a scheduler only if below its line. */
const readFlags = (block: readonly Statement[], say: OriginSay): readonly Node[] => {
  let scheduler = '';
  return block.flatMap((line): Node[] => {
    if (/^(lb_algo|lvs_sched)$/.test(line.keyword)) scheduler = line.words[0] ?? scheduler;
    const flag = flags[line.keyword];
    if (flag === undefined) return [];
    const [owner = ''] = line.keyword.split('-');
    if (owner === 'flag' || owner === scheduler) return [scalar(flag, originOf(line))];
    say('mistaken', originOf(line), `keepalived ignores it: it is for the scheduler ${owner}, chosen above it`);
    return [];
  });
};

const readQuorum = (block: readonly Statement[], total: number, say: OriginSay): Record<string, Node> => {
  const numberAt = (keyword: string, least: number): [Statement, number] | undefined => {
    const line = lastOf(block, keyword);
    if (line === undefined) return undefined;
    const number = Number.parseInt(line.words[0] ?? '', 10);
    if (number >= least) return [line, number];
    say('mistaken', originOf(line), `expected a number from ${least} on; keepalived means ${least}`);
    return undefined;
  };
  const most = Math.max(1, total);
  const [line, wanted] = numberAt('quorum', 1) ?? [undefined, 1];
  const quorum = Math.min(wanted, most);
  if (line !== undefined && quorum < wanted)
    say('mistaken', originOf(line), `the weights add up to ${total}, and so keepalived lowers it to ${quorum}`);
  const [slack, hysteresis] = numberAt('hysteresis', 0) ?? [undefined, 0];
  const kept = Math.min(hysteresis, quorum - 1);
  const fitting = Math.min(kept, most - quorum);
  if (slack !== undefined && kept < hysteresis)
    say('mistaken', originOf(slack), `it is not below the quorum, and so keepalived lowers it to ${kept}`);
  if (slack !== undefined && fitting < kept)
    say(
      'changed',
      originOf(slack),
      `${fitting}: a lost quorum of more than the weights add up to would never come back`,
    );
  return {
    ...(line !== undefined && { quorum: scalar(quorum, originOf(line)) }),
    ...(slack !== undefined && { hysteresis: scalar(fitting, originOf(slack)) }),
  };
};

const readOnePacket = (block: readonly Statement[], canBe: boolean, say: OriginSay): Node | undefined => {
  const ops = lastOf(block, 'ops');
  if (ops === undefined || canBe) return ops && scalar(true, originOf(ops));
  say('mistaken', originOf(ops), 'keepalived resets it: one packet scheduling is of UDP');
  return undefined;
};

const protocolOf = ({ words: [word = ''] }: Statement): string | undefined =>
  ['tcp', 'udp', 'sctp'].find((each) => each === word.toLowerCase());

const readProtocol = (service: Statement, isMark: boolean, say: OriginSay): Node | undefined => {
  const statements = blockOf(service).filter(({ keyword }) => keyword === 'protocol');
  if (isMark) return undefined;
  for (const line of statements.filter((each) => protocolOf(each) === undefined))
    say('mistaken', originOf(line), `expected TCP, UDP or SCTP, not ${line.words[0] ?? 'nothing'}`);
  const statement = statements.findLast((line) => protocolOf(line) !== undefined);
  if (statement !== undefined) return vital(scalar(protocolOf(statement) ?? 'udp', originOf(statement)));
  say('changed', originOf(service), 'it names no protocol, which means UDP to keepalived; write tcp if that is meant');
  return vital(scalar('udp', originOf(service)));
};

/** The servers that keepalived keeps: those of the service's family, each once. */
const keepServers = (servers: readonly ReadServer[], family: number, say: OriginSay): readonly ReadServer[] => {
  const seen = new Set<string>();
  return servers.filter(({ address, port, forwarding, origin }) => {
    const key = `${address} ${port}`;
    if (forwarding !== 'tunnel' && family !== 0 && isIP(address) !== family)
      say('mistaken', origin, `keepalived skips it: the service is of IPv${family}`);
    else if (seen.has(key)) say('mistaken', origin, 'keepalived removes it: it is there already');
    else {
      seen.add(key);
      return true;
    }
    return false;
  });
};

/** Reads one virtual_server. */
const readService = (
  service: Statement,
  target: ServiceTarget,
  name: (protocol: string) => string,
  roots: readonly Statement[],
): { readonly node: Node | undefined; readonly findings: readonly Finding[] } => {
  const findings: Finding[] = [];
  const say: OriginSay = (kind, origin, message) => findings.push({ kind, ...origin, message });
  const origin: Origin = { keyword: `virtual_server ${service.words.join(' ')}`, place: service.place };
  const block = blockOf(service);
  const carried = carry(block, serviceKeywords);
  findings.push(...carried.findings);
  const all = block
    .filter(({ keyword }) => keyword === 'real_server')
    .flatMap((server) => readServer(server, service, target, roots, findings) ?? []);
  const servers = keepServers(all, target.family, say);
  if (servers.length === 0) {
    say('mistaken', origin, 'it has no real_server, so keepalived ignores it');
    return { node: undefined, findings };
  }
  const protocol = readProtocol(service, target.hasOnlyMarks, say);
  const set = readFlags(block, say);
  const total = servers.reduce((sum, { weight }) => sum + weight, 0);
  const entries = join(
    { name: scalar(name(String(protocol?.content ?? 'tcp')), origin), ...target.entries },
    { protocol, scheduler: scalar('wlc', origin), forwarding: vital(scalar('masq', origin)) },
    // keepalived deletes a failed server at once, and uses none that its checks call down.
    { drain_timeout: scalar('0s', origin), panic_threshold: scalar(0, origin) },
    carried.entries,
    readQuorum(block, total, say),
    {
      one_packet: readOnePacket(block, target.hasOnlyMarks || protocol?.content === 'udp', say),
      scheduler_flags: set.length === 0 ? undefined : list(set, origin),
      persistence: readPersistence(block, target.isPortless, origin, say),
      ...readTunnel(lastMethod(block, 'lb_kind', 'lvs_method')),
      sorry_server: readSorryServer(service, target, say),
    },
    joinServers(servers, origin),
  );
  return { node: { content: entries, origin } satisfies Node, findings };
};

/** Converts every virtual_server to a service; keepalived ignores one without servers. */
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
    return read.node === undefined ? [] : [read.node];
  });
  return { nodes, findings };
};
