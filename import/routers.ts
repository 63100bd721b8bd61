// Converts a vrrp_instance to a router. Pure.

import { readAddress } from './addresses.ts';
import {
  type Entries,
  isList,
  join,
  list,
  type Node,
  type Origin,
  originOf,
  type Part,
  scalar,
  vital,
} from './document.ts';
import { numberOf, readInterval, readPreemption, readPriority, type Say } from './election.ts';
import { type Group, isFirst, weightsOf } from './groups.ts';
import { withImplied } from './implied-tracks.ts';
import { findFamily, type Instance, readInstance } from './instance.ts';
import { routerKeywords } from './router-keywords.ts';
import { type ReadLine, readRoute, readRule } from './routes.ts';
import { carry } from './rows.ts';
import { countRules, withPriorities } from './rule-priorities.ts';
import { blockOf, type Finding, lastOf, type Statement } from './statement.ts';
import { delaysOfInterface, readTracks } from './tracking.ts';
import { isOn, leadingNumber, secondsOf, writeName, writeSeconds } from './values.ts';
import { nameVirtualMacs, readVirtualMac } from './virtual-macs.ts';
import { readAuthentication, readPeers } from './wire.ts';

const linesOf = (block: readonly Statement[], keyword: string): readonly Statement[] =>
  block.filter((each) => each.keyword === keyword).flatMap(blockOf);

const seconds = (line: Statement): string | undefined => {
  const value = secondsOf(line);
  return value === undefined ? undefined : writeSeconds(value);
};

/** Settings from global_defs, and keepalived's defaults, for a router without its own. */
const readGeneral = ({ statement, globals, version, isStrict }: Instance): Record<string, Node> => {
  const entries: Record<string, Node> = {
    announce_every: scalar('0s', { keyword: 'garp_master_refresh', place: statement.place }),
    // keepalived compares the addresses, but always counts the advertisement.
    address_mismatch: scalar('accept', { keyword: 'skip_check_adv_addr', place: statement.place }),
  };
  const add = (keyword: string, to: string, read: (line: Statement) => string | number | undefined): void => {
    const line = lastOf(globals, keyword);
    const value = line === undefined ? undefined : read(line);
    if (line !== undefined && value !== undefined) entries[to] = scalar(value, originOf(line));
  };
  if (!isStrict) add('vrrp_down_timer_adverts', 'down_after', numberOf);
  add('vrrp_garp_master_refresh', 'announce_every', ({ words: [word] }) =>
    word === undefined ? undefined : writeSeconds(Math.max(0, leadingNumber(word))),
  );
  add('vrrp_startup_delay', 'start_delay', (line) => (secondsOf(line) ? seconds(line) : undefined));
  add('v3_checksum_as_v2', 'checksum', (line) => (isOn(line) && version === 3 ? 'rfc9568' : undefined));
  return entries;
};

const defaultInterface = 'eth0';

/** keepalived's own default, since a router must have an interface. */
const readInterface = ({ block, globals, statement }: Instance, say: Say): Node | undefined => {
  if (lastOf(block, 'interface') !== undefined) return undefined;
  const line = lastOf(globals, 'default_interface');
  const name = line?.words[0] ?? defaultInterface;
  say('changed', statement, `it names no interface: ${name} is meant`);
  return vital(scalar(name, originOf(line ?? statement)));
};

/** Whether a master answers on its addresses: in strict mode keepalived drops packets to them, unless it owns them. */
const readAccept = ({ block, isStrict, version }: Instance, priority: unknown, say: Say): Node | undefined => {
  if (priority === 255) return undefined;
  const given = lastOf(block, 'no_accept', 'accept');
  const strict = lastOf(block, 'strict_mode');
  if (given?.keyword === 'no_accept') return scalar(false, originOf(given));
  if (!isStrict || (given !== undefined && version === 3)) return undefined;
  const origin = strict ?? given;
  if (given !== undefined) say('mistaken', given, 'strict mode of version 2 does not accept');
  return scalar(
    false,
    origin === undefined ? { keyword: 'vrrp_strict', place: { file: '', line: 0 } } : originOf(origin),
  );
};

/** The delays of the instance's own interface, which regent has none of. */
const judgeOwnDelays = (home: string | undefined, roots: readonly Statement[], say: Say): void => {
  const delays = home === undefined ? undefined : delaysOfInterface(home, roots);
  if (delays === undefined || (delays.down === 0 && delays.up === 0)) return;
  say(
    'lost',
    delays.line,
    'a router is in fault as soon as its own interface is down; delays are of what it tracks besides',
  );
};

/** The addresses of the instance's family; keepalived skips those of the other, and does not advertise more than fit. */
const readAddresses = (instance: Instance, home: string | undefined, findings: Finding[]): Record<string, Node> => {
  const { statement, block, family } = instance;
  const read = (keyword: string, isFamily: (found: 4 | 6) => boolean): Node[] => {
    const seen = new Set<string>();
    return linesOf(block, keyword).flatMap((line): Node[] => {
      const { node, family: found, findings: more } = readAddress(line, home);
      findings.push(...more);
      if (node === undefined) return [];
      const say = (message: string): Node[] => {
        findings.push({ kind: 'mistaken', keyword: line.keyword, place: line.place, message });
        return [];
      };
      if (!isFamily(found)) return say(`keepalived skips it: the instance is of IPv${family}`);
      const key = `${line.keyword.replace(/\/\d+$/, '')} ${line.words.includes('dev')}`;
      if (seen.has(key)) return say('it is there already');
      seen.add(key);
      return [node];
    });
  };
  const own = read('virtual_ipaddress', (found) => found === family);
  const excluded = read('virtual_ipaddress_excluded', () => true);
  // Limits of an Ethernet frame and of the one-byte count.
  const most = family === 4 ? 255 : 89;
  const excess = own.slice(most);
  const origin = originOf(lastOf(block, 'virtual_ipaddress') ?? statement);
  if (excess.length > 0) {
    const message = `${excess.length} addresses are excluded from the advertisement, which holds ${most}, as in keepalived`;
    findings.push({ kind: 'mistaken', ...origin, message });
  }
  const others = [...excess, ...excluded];
  return {
    addresses: list(own.slice(0, most), origin),
    ...(others.length > 0 && {
      excluded: list(others, originOf(lastOf(block, 'virtual_ipaddress_excluded') ?? statement)),
    }),
  };
};

/** The keys that operators look for first. */
const firstKeys = 'name interface virtual_router_id version priority releases_addresses advertisement_interval'.split(
  ' ',
);

const inOrder = (entries: Entries): Entries => {
  const rank = (key: string): number => (firstKeys.includes(key) ? firstKeys.indexOf(key) : firstKeys.length);
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => rank(a) - rank(b)));
};

const readRouter = (
  statement: Statement,
  name: string,
  globals: readonly Statement[],
  roots: readonly Statement[],
  groups: readonly Group[],
  macs: ReadonlyMap<Statement, string>,
  counted: ReadonlyMap<string, number>,
) => {
  const block = blockOf(statement);
  const origin: Origin = { keyword: `vrrp_instance ${statement.words[0] ?? ''}`.trim(), place: statement.place };
  const above = roots.slice(0, roots.indexOf(statement));
  const carried = carry(block, routerKeywords);
  const home = lastOf(block, 'interface')?.words[0];
  const tracks = readTracks(block, {
    above,
    roots,
    ...weightsOf(statement, groups),
    ...(home !== undefined && { home }),
  });
  const tracked = withImplied(tracks.nodes, block, home, roots);
  const findings: Finding[] = [...carried.findings, ...tracks.findings];
  const say: Say = (kind, { keyword, place }, message) => findings.push({ kind, keyword, place, message });

  const instance = readInstance(statement, globals, say);
  const { family, version, versionLine } = instance;
  judgeOwnDelays(home, roots, say);

  const readAll = (keyword: string, read: (line: Statement) => ReadLine): Node | undefined => {
    const nodes = linesOf(block, keyword).flatMap((line) => {
      const result = read(line);
      findings.push(...result.findings);
      return result.node ?? [];
    });
    return nodes.length === 0 ? undefined : list(nodes, originOf(lastOf(block, keyword) ?? statement));
  };
  const priority = readPriority(statement, block, say);
  const obstacle = version === 3 ? 'version 3' : instance.isStrict ? 'strict mode' : undefined;
  const { checksum, down_after, ...entries } = join(
    { name: scalar(name, origin), interface: readInterface(instance, say) },
    readGeneral(instance),
    carried.entries,
    {
      version: vital(scalar(version, versionLine === undefined ? origin : originOf(versionLine))),
      priority,
      releases_addresses: priority.content === 255 ? scalar(true, priority.origin) : undefined,
      advertisement_interval: readInterval(block, version, say),
      ...readPreemption(block, priority.content, instance.isStrict, say),
      ...readPeers(block, family, lastOf(globals, 'vrrp_check_unicast_src') !== undefined, say),
      authentication: readAuthentication(block, obstacle, say),
      accept: readAccept(instance, priority.content, say),
      virtual_mac: readVirtualMac(block, macs.get(statement), say),
      track: tracked.length > 0 ? list(tracked, origin) : undefined,
      ...readAddresses(instance, home, findings),
      routes: readAll('virtual_routes', readRoute),
      rules: withPriorities(readAll('virtual_rules', readRule), counted),
    },
  );
  const more = {
    ...(version === 3 && checksum !== undefined && { checksum }),
    ...(!instance.isStrict && down_after !== undefined && { down_after }),
  };
  const { addresses } = entries;
  const isEmpty = addresses !== undefined && isList(addresses.content) && addresses.content.length === 0;
  if (isEmpty && version === 2)
    findings.push({ kind: 'lost', ...origin, message: 'a router of regent has at least one address' });
  return { node: { content: inOrder(join(entries, more)), origin } satisfies Node, findings };
};

/** Converts every vrrp_instance to a router; names stay distinct even after conversion to regent's form. */
export const readRouters = (
  roots: readonly Statement[],
  globals: readonly Statement[],
  groups: readonly Group[],
): Part & { readonly names: ReadonlyMap<string, string> } => {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const findings: Finding[] = [];
  const macs = nameVirtualMacs(roots, globals, findFamily);
  const counted = countRules(roots);
  const nodes = roots.flatMap((statement): Node[] => {
    if (statement.keyword !== 'vrrp_instance') return [];
    const [given = ''] = statement.words;
    const refuse = (message: string): Node[] => {
      findings.push({ kind: 'mistaken', ...originOf(statement), message });
      return [];
    };
    if (statement.words.length !== 1) return refuse('keepalived skips it: it needs one name');
    if (!isFirst(statement, roots)) return refuse(`keepalived skips it: there is a vrrp_instance ${given} already`);
    const wanted = writeName(given);
    const name = taken.has(wanted) ? `${wanted}-${taken.size + 1}` : wanted;
    if (name !== given)
      findings.push({ kind: 'changed', ...originOf(statement), message: `"${given}" is called ${name}` });
    names.set(given, name);
    taken.add(name);
    const read = readRouter(statement, name, globals, roots, groups, macs, counted);
    findings.push(...read.findings);
    return [read.node];
  });
  return { nodes, findings, names };
};
