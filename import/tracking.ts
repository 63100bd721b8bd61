// What instances and groups track, by name or by interface. Pure.

import { mapping, type Node, originOf, type Part, scalar, vital } from './document.ts';
import { isRefusal } from './rows.ts';
import { blockOf, type Finding, type Statement } from './statement.ts';
import { boundless, readWeight } from './tracker-keywords.ts';
import { delaysOf, isTracker } from './trackers.ts';
import { secondsOf, writeName, writeSeconds } from './values.ts';

/** The tracking instance or group, which decides how keepalived treats weights. */
export type Tracking = {
  /** The statements above the block: keepalived does not know trackers defined below. */
  readonly above: readonly Statement[];
  /** All statements of the file. */
  readonly roots: readonly Statement[];
  /** Where keepalived ignores weights: a member of a sync group, an owner of addresses, a group with an owner in it. */
  readonly weightless?: 'member' | 'owning member' | 'owner' | 'group of an owner';
  /** An instance's own interface, which is always tracked. */
  readonly home?: string;
  /** The members of a group by their own interfaces. */
  readonly homes?: ReadonlyMap<string, string>;
};

const reversed =
  'regent raises the priority while a thing is up, or lowers it while it is down, never the reverse: invert the script';

const kinds: Readonly<Record<string, string>> = {
  track_interface: 'interface',
  track_script: 'script',
  track_process: 'process',
  track_file: 'file',
  track_bfd: 'bfd',
};

/** A tracker's weight if the tracking line gives none. */
const standardWeights: Readonly<Record<string, number>> = { interface: 0, script: 0, process: 0, file: 1, bfd: 0 };

type Delays = { readonly line: Statement; readonly down: number; readonly up: number };

/** The longest delay that keepalived takes, in seconds. */
const longestDelay = 255;

/** An interface's delays from interface_up_down_delays: the last line without a mistake; the second delay is 0 if absent. */
export const delaysOfInterface = (name: string, roots: readonly Statement[]): Delays | undefined =>
  roots
    .filter(({ keyword }) => keyword === 'interface_up_down_delays')
    .flatMap(blockOf)
    .flatMap((line): Delays[] => {
      const [down, up] = [line.words[0], line.words[1] ?? '0'].map(
        (word) =>
          secondsOf({ ...line, words: [word ?? ''] }) ?? (word === undefined || word.startsWith('-') ? undefined : 0),
      );
      const isGood = line.keyword === name && down !== undefined && up !== undefined;
      return isGood && down <= longestDelay && up <= longestDelay ? [{ line, down, up }] : [];
    })
    .at(-1);

/** keepalived's delays of an interface: none where it has no line, where regent's default is a second. */
export const interfaceDelays = (
  name: string,
  roots: readonly Statement[],
  origin: Node['origin'],
): Record<string, Node> => {
  const delays = delaysOfInterface(name, roots);
  if (delays === undefined) return { up_delay: scalar('0s', origin) };
  const from = { keyword: `interface_up_down_delays ${name}`, place: delays.line.place };
  return {
    down_delay: scalar(writeSeconds(delays.down), from),
    up_delay: scalar(writeSeconds(delays.up), from),
  };
};

type Weighed = { readonly weight: number; readonly isGiven: boolean };

/** keepalived's largest weight of a tracker, and of a line that tracks it. */
const mostOf = (kind: string, isLine: boolean): number =>
  kind === 'bfd' ? 253 : kind === 'script' && !isLine ? boundless : 254;

const weightOf = (statement: Statement | undefined, kind: string): number | undefined => {
  const weight = statement === undefined ? undefined : readWeight(mostOf(kind, false))(statement);
  return typeof weight === 'number' ? weight : undefined;
};

const memberIgnores = 'keepalived ignores weights of the members of a sync group';
const ownerIgnores = 'keepalived ignores weights of priority 255';

/** The weight where keepalived ignores weights, those of a member's processes not; undefined if it drops the whole track. */
const withoutWeight = (kind: string, { weight }: Weighed, weightless: Tracking['weightless']): number | undefined => {
  if (weightless === 'group of an owner') return 0;
  if (weightless === 'member' && kind === 'process') return weight;
  return kind === 'file' && weight === 1 ? 0 : undefined;
};

/** Reads one line of a track_… block: a name, and optionally its weight. */
const readLine = (block: Statement, line: Statement, tracking: Tracking, findings: Finding[]): Node[] => {
  const { keyword, place, words } = line;
  const { above, roots, weightless, home } = tracking;
  const kind = kinds[block.keyword] ?? 'script';
  const origin = { keyword: `${block.keyword} ${keyword}`, place };
  const say = (of: Finding['kind'], message: string, what = origin.keyword): Node[] => {
    findings.push({ kind: of, keyword: what, place, message });
    return [];
  };
  if (kind === 'interface' && keyword === home)
    return say('mistaken', 'keepalived ignores it: the own interface is tracked in any case, without a weight');
  const tracker = above.find((root) => isTracker(root, kind, keyword));
  if (kind !== 'interface' && tracker === undefined) {
    const below = roots.some((root) => isTracker(root, kind, keyword));
    return say('mistaken', `keepalived ignores it: ${keyword} is defined ${below ? 'below this line' : 'nowhere'}`);
  }
  if (words.length > 0 && (words[0] !== 'weight' || words.length === 1)) {
    return say('mistaken', `keepalived ignores the whole line: expected "weight" and a number, not ${words.join(' ')}`);
  }
  const weights = blockOf(tracker).filter((each) => each.keyword === 'weight' && weightOf(each, kind) !== undefined);
  // The first that is not the default counts for files and processes, the last for others.
  const keepsFirst = kind === 'file' || kind === 'process';
  const general =
    (keepsFirst ? weights.find((each) => weightOf(each, kind) !== standardWeights[kind]) : undefined) ?? weights.at(-1);
  const isReverse = general?.words.includes('reverse') === true && !words.includes('noreverse');
  if (words.includes('reverse') || isReverse) return say('lost', reversed, `${origin.keyword} reverse`);
  const own = words.length > 0 ? readWeight(mostOf(kind, true))({ ...line, words: words.slice(1) }) : undefined;
  if (isRefusal(own)) say('mistaken', own.refused);
  else if (own !== undefined && !/^[+-]?\d+$/.test(words[1] ?? ''))
    say('mistaken', `keepalived reads ${words[1]} as ${own}`);
  const standard = weightOf(general, kind) ?? standardWeights[kind] ?? 0;
  const weighed: Weighed = { weight: typeof own === 'number' ? own : standard, isGiven: typeof own === 'number' };
  const why = weightless?.endsWith('member') ? memberIgnores : ownerIgnores;
  const isIgnored = weightless !== undefined && weighed.weight !== 0;
  const weight = isIgnored ? withoutWeight(kind, weighed, weightless) : weighed.weight;
  if (weight === undefined) return say('mistaken', `${why}, so that it does not track this at all`);
  if (weight !== weighed.weight) say('mistaken', `${why}: a failure is a fault`);
  const member = kind === 'interface' && weight > 0 ? tracking.homes?.get(keyword) : undefined;
  if (member !== undefined)
    say('changed', `keepalived raises the other members alone: ${keyword} is the own interface of ${member}`);
  const isWritten = kind === 'interface' ? weight !== 0 : weighed.isGiven || weight !== standard || kind === 'bfd';
  return [
    mapping(
      {
        [kind]: vital(scalar(kind === 'interface' ? keyword : writeName(keyword), origin)),
        weight: isWritten && !(kind === 'bfd' && weight === 0) ? scalar(weight, origin) : undefined,
        ...(kind === 'interface' ? interfaceDelays(keyword, roots, origin) : delaysOf(tracker)),
      },
      origin,
    ),
  ];
};

/** All tracks of an instance or a group; of two lines for one item keepalived takes the first. */
export const readTracks = (block: readonly Statement[], tracking: Tracking): Part => {
  const findings: Finding[] = [];
  const taken = new Set<string>();
  const nodes = block
    .filter(({ keyword }) => kinds[keyword] !== undefined)
    .flatMap((each) =>
      blockOf(each).flatMap((line): Node[] => {
        const key = `${each.keyword} ${line.keyword}`;
        if (taken.has(key)) {
          findings.push({ kind: 'mistaken', ...originOf(line), keyword: key, message: 'it is tracked already' });
          return [];
        }
        const read = readLine(each, line, tracking, findings);
        if (read.length > 0) taken.add(key);
        return read;
      }),
    );
  return { nodes, findings };
};
