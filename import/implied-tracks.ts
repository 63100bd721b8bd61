// What an instance tracks implicitly: the interfaces of its addresses, routes and rules. Pure.

import { isMapping, mapping, type Node, scalar, vital } from './document.ts';
import { isKept } from './rule-priorities.ts';
import { blockOf, type Statement } from './statement.ts';
import { interfaceDelays } from './tracking.ts';

type Implied = { readonly name: string; readonly line: Statement };

const words = ({ keyword, words: rest }: Statement): readonly string[] => [keyword, ...rest];

const after = (line: Statement, ...wanted: readonly string[]): readonly string[] =>
  words(line).flatMap((word, index) => (wanted.includes(word) ? (words(line)[index + 1] ?? []) : []));

const devices: Readonly<Record<string, readonly string[]>> = {
  virtual_ipaddress: ['dev'],
  virtual_ipaddress_excluded: ['dev'],
  virtual_routes: ['dev', 'oif'],
  virtual_rules: ['dev', 'iif', 'oif'],
};

/** keepalived skips a route whose metric is no decimal number. */
const isRoute = (line: Statement): boolean =>
  after(line, 'metric', 'priority', 'preference').every((metric) => /^\d+$/.test(metric));

const isKeptLine = (keyword: string, line: Statement): boolean =>
  keyword === 'virtual_rules' ? isKept(line) : keyword !== 'virtual_routes' || isRoute(line);

const impliedBy = (block: readonly Statement[]): readonly Implied[] =>
  block.flatMap((each) =>
    blockOf(each)
      .filter((line) => !words(line).includes('no_track') && isKeptLine(each.keyword, line))
      .flatMap((line) => after(line, ...(devices[each.keyword] ?? [])).map((name) => ({ name, line }))),
  );

const trackedName = ({ content }: Node): unknown => (isMapping(content) ? content.interface?.content : undefined);

/** Given both a weight and a fault for one interface, keepalived keeps the fault. */
const withoutWeight = (track: Node): Node => {
  if (!isMapping(track.content)) return track;
  const { weight: _, ...content } = track.content;
  return { ...track, content };
};

/** Adds keepalived's fault when such an interface is down, unless the instance tracks it explicitly. */
export const withImplied = (
  tracks: readonly Node[],
  block: readonly Statement[],
  home: string | undefined,
  roots: readonly Statement[],
): Node[] => {
  const implied = impliedBy(block);
  const taken = new Set<unknown>([home, 'lo', ...tracks.map(trackedName)]);
  const more = implied.flatMap(({ name, line }): Node[] => {
    if (taken.has(name)) return [];
    taken.add(name);
    const origin = { keyword: `${line.keyword} dev ${name}`, place: line.place };
    return [mapping({ interface: vital(scalar(name, origin)), ...interfaceDelays(name, roots, origin) }, origin)];
  });
  const isImplied = (track: Node): boolean => implied.some(({ name }) => name === trackedName(track));
  return [...tracks.map((track) => (isImplied(track) ? withoutWeight(track) : track)), ...more];
};
