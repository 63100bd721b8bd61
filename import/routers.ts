// vrrp_instance becomes a router. Pure.

import { readAddress } from './addresses.ts';
import { join, list, type Node, type Origin, originOf, scalar, vital } from './document.ts';
import { numberOf, readInterval, readPreemption, readPriority, type Say } from './election.ts';
import { routerKeywords } from './router-keywords.ts';
import { type ReadLine, readRoute, readRule } from './routes.ts';
import { carry } from './rows.ts';
import { blockOf, type Finding, lastOf, type Statement } from './statement.ts';
import { type Part, readTracks } from './tracking.ts';
import { isOn, secondsOf, writeName, writeSeconds } from './values.ts';
import { readAuthentication, readPeers } from './wire.ts';

type Scope = { readonly block: readonly Statement[]; readonly globals: readonly Statement[] };

const isStrict = ({ block, globals }: Scope): boolean => {
  const own = lastOf(block, 'strict_mode');
  return own === undefined ? lastOf(globals, 'vrrp_strict') !== undefined : isOn(own);
};

const linesOf = (block: readonly Statement[], keyword: string): readonly Statement[] =>
  block.filter((each) => each.keyword === keyword).flatMap(blockOf);

const seconds = (line: Statement): string | undefined => {
  const value = secondsOf(line);
  return value === undefined || value === 0 ? undefined : writeSeconds(value);
};

/** What global_defs says for every router that says nothing itself. */
const readGeneral = (globals: readonly Statement[], version: number): Record<string, Node> => {
  const entries: Record<string, Node> = {};
  const add = (keyword: string, to: string, read: (line: Statement) => string | number | undefined): void => {
    const line = lastOf(globals, keyword);
    const value = line === undefined ? undefined : read(line);
    if (line !== undefined && value !== undefined) entries[to] = scalar(value, originOf(line));
  };
  add('default_interface', 'interface', ({ words }) => words[0]);
  add('vrrp_down_timer_adverts', 'down_after', numberOf);
  add('vrrp_garp_master_refresh', 'announce_every', seconds);
  add('vrrp_startup_delay', 'start_delay', seconds);
  add('v3_checksum_as_v2', 'checksum', (line) => (isOn(line) && version === 3 ? 'rfc9568' : undefined));
  return entries;
};

const readVirtualMac = (block: readonly Statement[], say: Say): Node | undefined => {
  const statement = lastOf(block, 'use_vmac');
  if (statement === undefined) return undefined;
  const mac = statement.words.find((word) => word.includes(':'));
  if (mac !== undefined)
    say('lost', statement, `the address is always the standard one of the router's id, not ${mac}`);
  const name = statement.words.find((word) => word !== mac);
  const origin = originOf(statement);
  return name === undefined ? scalar(true, origin) : { content: { interface: scalar(name, origin) }, origin };
};

/** Reads one vrrp_instance. */
const readInstance = (
  statement: Statement,
  name: string,
  globals: readonly Statement[],
  roots: readonly Statement[],
) => {
  const block = blockOf(statement);
  const origin: Origin = { keyword: `vrrp_instance ${statement.words[0] ?? ''}`.trim(), place: statement.place };
  const carried = carry(block, routerKeywords);
  const tracks = readTracks(block, roots);
  const findings: Finding[] = [...carried.findings, ...tracks.findings];
  const say: Say = (kind, { keyword, place }, message) => findings.push({ kind, keyword, place, message });

  const home = lastOf(block, 'interface')?.words[0];
  const readAll = (keyword: string, read: (line: Statement) => ReadLine): Node | undefined => {
    const nodes = linesOf(block, keyword).flatMap((line) => {
      const result = read(line);
      findings.push(...result.findings);
      return result.node ?? [];
    });
    return nodes.length === 0 ? undefined : list(nodes, originOf(lastOf(block, keyword) ?? statement));
  };
  const families: (4 | 6)[] = [];
  const readOne = (line: Statement): ReadLine => {
    const { node, family, findings: more } = readAddress(line, home);
    if (node !== undefined) families.push(family);
    return { node, findings: more };
  };
  const addresses = readAll('virtual_ipaddress', readOne);
  const excluded = readAll('virtual_ipaddress_excluded', readOne);
  const versionLine = lastOf(block, 'version') ?? lastOf(globals, 'vrrp_version');
  // keepalived never speaks version 2 for IPv6 unless told to, and then warns.
  const version = families[0] === 6 || numberOf(versionLine) === 3 ? 3 : 2;
  const priority = readPriority(statement, block, say);
  const noAccept = lastOf(block, 'no_accept', 'accept');
  const obstacle = version === 3 ? 'version 3' : isStrict({ block, globals }) ? 'strict mode' : undefined;
  const { checksum, ...entries } = join(
    { name: scalar(name, origin) },
    readGeneral(globals, version),
    carried.entries,
    {
      version: vital(scalar(version, versionLine === undefined ? origin : originOf(versionLine))),
      priority,
      advertisement_interval: readInterval(block, version, say),
      ...readPreemption(block, priority.content, say),
      ...readPeers(block, say),
      authentication: readAuthentication(block, obstacle, say),
      accept: noAccept?.keyword === 'no_accept' ? scalar(false, originOf(noAccept)) : undefined,
      virtual_mac: readVirtualMac(block, say),
      track: tracks.nodes.length > 0 ? list(tracks.nodes, origin) : undefined,
      addresses: addresses ?? list([], originOf(lastOf(block, 'virtual_ipaddress') ?? statement)),
      excluded,
      routes: readAll('virtual_routes', readRoute),
      rules: readAll('virtual_rules', readRule),
    },
  );
  const dialect = version === 3 && checksum !== undefined ? { checksum } : {};
  return { node: { content: join(entries, dialect), origin } satisfies Node, findings };
};

/** Every vrrp_instance becomes a router; names stay apart even where making them fit makes them equal. */
export const readRouters = (
  roots: readonly Statement[],
  globals: readonly Statement[],
): Part & { readonly names: ReadonlyMap<string, string> } => {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const findings: Finding[] = [];
  const nodes = roots
    .filter(({ keyword }) => keyword === 'vrrp_instance')
    .map((statement) => {
      const given = statement.words[0] ?? '';
      const wanted = writeName(given);
      const name = taken.has(wanted) ? `${wanted}-${taken.size + 1}` : wanted;
      if (name !== given)
        findings.push({ kind: 'changed', ...originOf(statement), message: `"${given}" is called ${name}` });
      names.set(given, name);
      taken.add(name);
      const read = readInstance(statement, name, globals, roots);
      findings.push(...read.findings);
      return read.node;
    });
  return { nodes, findings, names };
};
