// vrrp_sync_group becomes a group. Pure.

import { list, mapping, type Node, type Origin, scalar } from './document.ts';
import { groupKeywords } from './router-keywords.ts';
import { carry } from './rows.ts';
import { blockOf, type Finding, type Statement } from './statement.ts';
import { type Part, readTracks } from './tracking.ts';
import { writeName } from './values.ts';

const weighted =
  'keepalived ignores weights in a sync group; with regent they count: give every director the same ones';

const isWeighted = ({ content }: Node): boolean => typeof content === 'object' && 'weight' in content;

/**
 * Reads every group.
 * @param names what the instances are called now.
 */
export const readGroups = (roots: readonly Statement[], names: ReadonlyMap<string, string>): Part => {
  const findings: Finding[] = [];
  const nodes = roots
    .filter(({ keyword }) => keyword === 'vrrp_sync_group')
    .map((statement): Node => {
      const origin: Origin = { keyword: `vrrp_sync_group ${statement.words[0] ?? ''}`.trim(), place: statement.place };
      const block = blockOf(statement);
      // Old configurations name the members without a group block around them.
      const bare = block.filter(({ keyword }) => names.has(keyword));
      const rest = block.filter((each) => !bare.includes(each));
      findings.push(...carry(rest, groupKeywords).findings);
      const lines = [...bare, ...rest.filter(({ keyword }) => keyword === 'group').flatMap(blockOf)];
      const members = lines.flatMap(({ keyword, words, place }) =>
        [keyword, ...words].map((word) => scalar(names.get(word) ?? writeName(word), { keyword: word, place })),
      );
      const tracks = readTracks(block, roots);
      findings.push(...tracks.findings);
      const counts = rest.some(({ keyword }) => keyword === 'sync_group_tracking_weight');
      for (const track of counts ? [] : tracks.nodes.filter(isWeighted)) {
        findings.push({ kind: 'changed', ...track.origin, message: weighted });
      }
      const track = tracks.nodes.length > 0 ? list(tracks.nodes, origin) : undefined;
      return mapping(
        { name: scalar(writeName(statement.words[0] ?? ''), origin), routers: list(members, origin), track },
        origin,
      );
    });
  return { nodes, findings };
};
