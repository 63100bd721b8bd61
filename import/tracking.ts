// Tracks: what instances and groups watch, by name or by interface. Pure.

import { mapping, type Node, type Origin, originOf, scalar, vital } from './document.ts';
import { carry, isRefusal } from './rows.ts';
import { blockOf, type Finding, lastOf, type Statement } from './statement.ts';
import {
  bfdKeywords,
  fileKeywords,
  judgeProgram,
  processKeywords,
  readWeight,
  scriptKeywords,
} from './tracker-keywords.ts';
import { secondsOf, writeName, writeSeconds } from './values.ts';

export type Part = { readonly nodes: readonly Node[]; readonly findings: readonly Finding[] };

const reversed =
  'regent raises the priority while a thing is up, or lowers it while it is down, never the reverse: invert the script';

const kinds: Readonly<Record<string, string>> = {
  track_interface: 'interface',
  track_script: 'script',
  track_process: 'process',
  track_file: 'file',
  track_bfd: 'bfd',
};

/** The delays that interface_up_down_delays gives to an interface. */
const delaysOf = (name: string, roots: readonly Statement[]): Readonly<Record<string, Node>> => {
  const line = roots
    .filter(({ keyword }) => keyword === 'interface_up_down_delays')
    .flatMap(blockOf)
    .findLast(({ keyword }) => keyword === name);
  if (line === undefined) return {};
  const origin = { keyword: `interface_up_down_delays ${name}`, place: line.place };
  const down = secondsOf(line) ?? 0;
  const up = secondsOf({ ...line, words: line.words.slice(1) }) ?? down;
  return { down_delay: scalar(writeSeconds(down), origin), up_delay: scalar(writeSeconds(up), origin) };
};

/** Reads the lines of one track_… block: a name, and perhaps its weight here. */
const readTrack = (block: Statement, roots: readonly Statement[]): Part => {
  const findings: Finding[] = [];
  const kind = kinds[block.keyword] ?? 'script';
  const nodes = blockOf(block).flatMap((line): Node[] => {
    const { keyword, place, words } = line;
    const origin = { keyword: `${block.keyword} ${keyword}`, place };
    if (words.includes('reverse')) {
      findings.push({ kind: 'lost', ...origin, keyword: `${origin.keyword} reverse`, message: reversed });
      return [];
    }
    const name = vital(scalar(kind === 'interface' ? keyword : writeName(keyword), origin));
    const session = roots.findLast((root) => root.keyword === 'bfd_instance' && root.words[0] === keyword);
    const general = kind === 'bfd' ? lastOf(blockOf(session), 'weight') : undefined;
    const at = words.indexOf('weight');
    const weighing = at >= 0 ? { ...line, words: words.slice(at + 1) } : general;
    const weight = weighing && readWeight(weighing);
    if (isRefusal(weight)) findings.push({ kind: 'mistaken', ...origin, message: weight.refused });
    return [
      mapping(
        {
          [kind]: name,
          weight: typeof weight === 'number' ? scalar(weight, origin) : undefined,
          ...(kind === 'interface' ? delaysOf(keyword, roots) : {}),
        },
        origin,
      ),
    ];
  });
  return { nodes, findings };
};

/** All that an instance or a group tracks. */
export const readTracks = (block: readonly Statement[], roots: readonly Statement[]): Part => {
  const parts = block.filter(({ keyword }) => kinds[keyword] !== undefined).map((each) => readTrack(each, roots));
  return { nodes: parts.flatMap(({ nodes }) => nodes), findings: parts.flatMap(({ findings }) => findings) };
};

type Tracker = {
  readonly keywords: readonly string[];
  readonly table: typeof scriptKeywords;
  readonly standard: Readonly<Record<string, string | number>>;
};

/** What may be tracked by name, and what keepalived means where a line is missing but regent means something else. */
export const trackers: Readonly<Record<string, Tracker>> = {
  scripts: { keywords: ['vrrp_script'], table: scriptKeywords, standard: {} },
  processes: { keywords: ['vrrp_track_process'], table: processKeywords, standard: { weight: 1 } },
  files: { keywords: ['track_file', 'vrrp_track_file'], table: fileKeywords, standard: {} },
  bfd: { keywords: ['bfd_instance'], table: bfdKeywords, standard: { min_tx: '10ms', min_rx: '10ms', multiplier: 5 } },
};

const delayOf = (block: readonly Statement[]): Node | undefined => {
  const line = lastOf(block, 'delay', 'terminate_delay');
  return line && scalar(writeSeconds(secondsOf(line) ?? 0), originOf(line));
};

/** Reads the named trackers of one kind. */
export const readTrackers = ({ keywords, table, standard }: Tracker, roots: readonly Statement[]): Part => {
  const findings: Finding[] = [];
  const nodes = roots.flatMap((statement): Node[] => {
    if (!keywords.includes(statement.keyword)) return [];
    const origin: Origin = {
      keyword: `${statement.keyword} ${statement.words[0] ?? ''}`.trim(),
      place: statement.place,
    };
    const block = blockOf(statement);
    const { entries, findings: more } = carry(block, table);
    findings.push(...more, ...block.flatMap(judgeProgram));
    const weight = lastOf(block, 'weight');
    if (weight?.words.includes('reverse')) {
      findings.push({ kind: 'lost', keyword: 'weight reverse', place: weight.place, message: reversed });
      return [];
    }
    const missing = Object.entries(standard).filter(([key]) => entries[key] === undefined);
    const standards = Object.fromEntries(missing.map(([key, value]) => [key, scalar(value, origin)]));
    const name = scalar(writeName(statement.words[0] ?? ''), origin);
    return [mapping({ name, ...entries, ...standards, down_delay: delayOf(block) }, origin)];
  });
  return { nodes, findings };
};
