// Named trackers: scripts, processes, files and BFD sessions. Pure.

import { mapping, type Node, type Origin, originOf, type Part, scalar } from './document.ts';
import { carry, type Table } from './rows.ts';
import { blockOf, type Finding, lastOf, type Statement } from './statement.ts';
import { bfdKeywords, fileKeywords, judgeProgram, processKeywords, scriptKeywords } from './tracker-keywords.ts';
import { secondsOf, writeName, writeSeconds } from './values.ts';

type Tracker = {
  /** Its kind in regent's `track` entries. */
  readonly kind: string;
  readonly keywords: readonly string[];
  readonly table: Table;
  /** keepalived's defaults that differ from regent's. */
  readonly standard: Readonly<Record<string, string | number>>;
  /** Keywords that narrow what is tracked: without them it would be up while keepalived's is down. */
  readonly narrowing: readonly string[];
};

export const trackers: Readonly<Record<string, Tracker>> = {
  scripts: { kind: 'script', keywords: ['vrrp_script'], table: scriptKeywords, standard: {}, narrowing: [] },
  processes: {
    kind: 'process',
    keywords: ['vrrp_track_process'],
    table: processKeywords,
    standard: {},
    narrowing: ['quorum_max', 'param_match'],
  },
  files: {
    kind: 'file',
    keywords: ['track_file', 'vrrp_track_file'],
    table: fileKeywords,
    standard: {},
    narrowing: [],
  },
  bfd: {
    kind: 'bfd',
    keywords: ['bfd_instance'],
    table: bfdKeywords,
    standard: { min_tx: '10ms', min_rx: '10ms', multiplier: 5 },
    narrowing: [],
  },
};

/** Whether a statement defines the tracker of this kind and name. */
export const isTracker = ({ keyword, words }: Statement, kind: string, name: string): boolean =>
  words[0] === name && Object.values(trackers).some((each) => each.kind === kind && each.keywords.includes(keyword));

/** keepalived's longest delay, in seconds. */
const longestDelay = 3600;

/** How long a process must be gone, and how long back, before it counts. */
export const delaysOf = (tracker: Statement | undefined): Record<string, Node> => {
  if (tracker?.keyword !== 'vrrp_track_process') return {};
  const block = blockOf(tracker);
  const read = (keyword: string): Node | undefined => {
    const line = lastOf(block, 'delay', keyword);
    const seconds = line === undefined ? undefined : secondsOf(line);
    return line === undefined || !seconds || seconds > longestDelay
      ? undefined
      : scalar(writeSeconds(seconds), originOf(line));
  };
  const [down, up] = [read('terminate_delay'), read('fork_delay')];
  return { ...(down && { down_delay: down }), ...(up && { up_delay: up }) };
};

const hasParameters = ({ keyword, words }: Statement): boolean => keyword === 'process' && words.length > 1;

/** Reads the named trackers of one kind; of two with one name keepalived uses the first. */
export const readTrackers = (tracker: Tracker, roots: readonly Statement[]): Part => {
  const { keywords, table, standard, narrowing } = tracker;
  const findings: Finding[] = [];
  const nodes = roots.flatMap((statement): Node[] => {
    if (!keywords.includes(statement.keyword)) return [];
    const [given = ''] = statement.words;
    const origin: Origin = { keyword: `${statement.keyword} ${given}`.trim(), place: statement.place };
    if (roots.find((root) => isTracker(root, tracker.kind, given)) !== statement) {
      findings.push({
        kind: 'mistaken',
        ...origin,
        message: 'the name is taken: keepalived uses what is defined first',
      });
      return [];
    }
    const block = blockOf(statement);
    const { entries, findings: more } = carry(block, table);
    findings.push(...more, ...block.flatMap(judgeProgram));
    const narrow = block.find((line) => narrowing.includes(line.keyword) || hasParameters(line));
    if (narrow !== undefined) {
      const message = `nothing is tracked without its ${narrow.keyword === 'process' ? 'parameters' : narrow.keyword}`;
      findings.push({ kind: 'lost', ...origin, message });
      return [];
    }
    const missing = Object.entries(standard).filter(([key]) => entries[key] === undefined);
    const standards = Object.fromEntries(missing.map(([key, value]) => [key, scalar(value, origin)]));
    return [mapping({ name: scalar(writeName(given), origin), ...entries, ...standards }, origin)];
  });
  return { nodes, findings };
};
