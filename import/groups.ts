// Converts a vrrp_sync_group to a group. Pure.

import { list, mapping, type Node, type Origin, originOf, type Part, scalar } from './document.ts';
import { ownsAddresses } from './election.ts';
import { groupKeywords } from './router-keywords.ts';
import { carry } from './rows.ts';
import { blockOf, type Finding, lastOf, type Statement } from './statement.ts';
import { readTracks, type Tracking } from './tracking.ts';
import { writeName } from './values.ts';

export type Group = { readonly statement: Statement; readonly members: readonly Member[] };
type Member = { readonly name: string; readonly line: Statement };

const isInstance = ({ keyword }: Statement): boolean => keyword === 'vrrp_instance';

/** The first of several blocks with one keyword and name, which is the only one that keepalived keeps. */
export const isFirst = (statement: Statement, roots: readonly Statement[]): boolean =>
  roots.find(({ keyword, words }) => keyword === statement.keyword && words[0] === statement.words[0]) === statement;

/** Groups with their instances: those that exist, each in the first group that names it. */
export const findGroups = (roots: readonly Statement[], findings: Finding[]): readonly Group[] => {
  const instances = new Set(roots.filter(isInstance).map(({ words }) => words[0]));
  const taken = new Set<string>();
  return roots.flatMap((statement): Group[] => {
    if (statement.keyword !== 'vrrp_sync_group' || !isFirst(statement, roots)) return [];
    const lines = blockOf(blockOf(statement).find(({ keyword }) => keyword === 'group'));
    const members = lines.flatMap((line) =>
      [line.keyword, ...line.words].flatMap((name): Member[] => {
        const say = (message: string): Member[] => {
          findings.push({ kind: 'mistaken', ...originOf(line), keyword: name, message });
          return [];
        };
        if (!instances.has(name)) return say('keepalived ignores it: there is no such vrrp_instance');
        if (taken.has(name)) return say('keepalived ignores it: it is in a group already');
        taken.add(name);
        return [{ name, line }];
      }),
    );
    if (members.length > 0) return [{ statement, members }];
    findings.push({ kind: 'mistaken', ...originOf(statement), message: 'it has no member, so keepalived ignores it' });
    return [];
  });
};

const countsWeights = ({ statement }: Group): boolean =>
  blockOf(statement).some(({ keyword }) => /^(global_tracking|sync_group_tracking_weight)$/.test(keyword));

const hasMember = ({ members }: Group, instance: Statement): boolean =>
  members.some(({ name }) => name === instance.words[0]);

/** How keepalived treats the weights of an instance. */
export const weightsOf = (instance: Statement, groups: readonly Group[]): Pick<Tracking, 'weightless'> => {
  const group = groups.find((each) => hasMember(each, instance));
  const isOwner = ownsAddresses(blockOf(instance));
  if (group !== undefined && !countsWeights(group)) return { weightless: isOwner ? 'owning member' : 'member' };
  return isOwner ? { weightless: 'owner' } : {};
};

/** Reads every group. @param names the current names of the instances. */
export const readGroups = (
  groups: readonly Group[],
  roots: readonly Statement[],
  names: ReadonlyMap<string, string>,
): Part => {
  const findings: Finding[] = [];
  const nodes = groups.map((group): Node => {
    const { statement, members } = group;
    const origin: Origin = { keyword: `vrrp_sync_group ${statement.words[0] ?? ''}`.trim(), place: statement.place };
    const block = blockOf(statement);
    findings.push(...carry(block, groupKeywords).findings);
    const hasOwner = roots.some((each) => isInstance(each) && hasMember(group, each) && ownsAddresses(blockOf(each)));
    const homes = new Map(
      roots
        .filter((each) => isInstance(each) && hasMember(group, each))
        .flatMap((each): [string, string][] => {
          const home = lastOf(blockOf(each), 'interface')?.words[0];
          return home === undefined ? [] : [[home, each.words[0] ?? '']];
        }),
    );
    const tracks = readTracks(block, {
      homes,
      above: roots.slice(0, roots.indexOf(statement)),
      roots,
      ...(hasOwner && { weightless: 'group of an owner' as const }),
    });
    findings.push(...tracks.findings);
    return mapping(
      {
        name: scalar(writeName(statement.words[0] ?? ''), origin),
        routers: list(
          members.map(({ name, line }) =>
            scalar(names.get(name) ?? writeName(name), { keyword: name, place: line.place }),
          ),
          origin,
        ),
        track: tracks.nodes.length > 0 ? list(tracks.nodes, origin) : undefined,
      },
      origin,
    );
  });
  return { nodes, findings };
};
