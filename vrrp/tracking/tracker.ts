// Keeps the states of all items that the routers of a configuration track, and judges each router by them. Time is an input.

import { type Instant, type Milliseconds, milliseconds } from '../../base/units.ts';
import type { GroupConfig, RouterConfig, VrrpConfig } from '../../config/model/model.ts';
import type { TrackConfig } from '../../config/model/tracking-model.ts';
import { type ItemState, itemKey, judge, type PriorityJudgement, type Tracked, unseen } from './judgement.ts';
import { type Delays, observe, type Settling, settle } from './settling.ts';

/** An item of a router as status shows it; without a weight if it only detects the loss of a master. */
export type TrackedStatus = { readonly item: string; readonly weight?: number } & ItemState;

/** A change of a router's judgement, with its causes as readable text. */
export type Rejudged = {
  readonly router: string;
  readonly before: PriorityJudgement;
  readonly after: PriorityJudgement;
  readonly causes: readonly string[];
};

/** The items whose state has changed, and the routers whose judgement has. */
export type Outcome = {
  readonly changed: readonly { readonly item: string; readonly state: ItemState }[];
  readonly rejudged: readonly Rejudged[];
};

export type Tracker = {
  /** Takes new states of items, by {@link itemKey}. */
  readonly report: (states: ReadonlyMap<string, ItemState>, now: Instant) => Outcome;
  /** Lets pending states count once they are due. */
  readonly settle: (now: Instant) => Outcome;
  /** When {@link Tracker.settle} next has something due. */
  readonly next: () => Instant | undefined;
  readonly judgementOf: (router: string) => PriorityJudgement;
  readonly trackedBy: (router: string) => readonly TrackedStatus[];
  /** The items of one kind that any router tracks, by name. */
  readonly named: (kind: Tracked['kind']) => readonly string[];
  /** The BFD sessions that detect the loss of this router's master. */
  readonly detectorsOf: (router: string) => readonly string[];
  /** The known states, for the tracker of the next configuration. */
  readonly known: () => ReadonlyMap<string, ItemState>;
};

/** A BFD session without a weight only detects the loss of a master. */
const isDetector = ({ kind, weight }: TrackConfig): boolean => kind === 'bfd' && weight === undefined;

const own = (items: readonly { readonly name: string; readonly weight: number }[], name: string): number =>
  items.find((item) => item.name === name)?.weight ?? 0;

const weightOf = (config: VrrpConfig, { kind, name, weight }: TrackConfig): number => {
  const items = kind === 'script' ? config.scripts : kind === 'process' ? config.processes : config.files;
  return weight ?? (kind === 'script' || kind === 'process' || kind === 'file' ? own(items, name) : 0);
};

/**
 * The items that judge a router: its own, its sync group's, and the other members' with weights, because a group whose
 * members disagree on their rank would not move. Faults need no such copy: a member's fault affects the whole group.
 */
const tracksOf = (config: VrrpConfig, router: RouterConfig, group: GroupConfig | undefined): Tracked[] => {
  const resolve = (entries: readonly TrackConfig[]): Tracked[] =>
    entries
      .filter((entry) => !isDetector(entry))
      .map((entry) => ({ kind: entry.kind, name: entry.name, weight: weightOf(config, entry) }));
  const others = config.routers.filter(({ name }) => name !== router.name && group?.routers.includes(name));
  const all = [
    ...resolve(router.track),
    ...resolve(group?.track ?? []),
    ...others.flatMap(({ track }) => resolve(track).filter(({ weight }) => weight !== 0)),
  ];
  return [...new Map(all.toReversed().map((item) => [itemKey(item), item])).values()].toReversed();
};

const delaysOf = (config: VrrpConfig): ReadonlyMap<string, Delays> => {
  const delays = new Map<string, Delays>();
  const longest = (one: Milliseconds, other: Milliseconds): Milliseconds => milliseconds(Math.max(one, other));
  for (const entry of [...config.routers, ...config.groups].flatMap(({ track }) => track)) {
    const known = delays.get(itemKey(entry)) ?? entry;
    delays.set(itemKey(entry), {
      downDelay: longest(known.downDelay, entry.downDelay),
      upDelay: longest(known.upDelay, entry.upDelay),
    });
  }
  return delays;
};

const noDelays: Delays = { downDelay: milliseconds(0), upDelay: milliseconds(0) };

const isSame = (one: PriorityJudgement, other: PriorityJudgement): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/**
 * Makes the tracker of a configuration; `known` holds the states of an earlier one. What is not tracked in between is forgotten:
 * its state is not watched then. BFD sessions run on.
 */
export const createTracker = (config: VrrpConfig, known: ReadonlyMap<string, ItemState> = new Map()): Tracker => {
  const groupOf = (router: string) => config.groups.find(({ routers }) => routers.includes(router));
  const tracks = new Map(config.routers.map((router) => [router.name, tracksOf(config, router, groupOf(router.name))]));
  const delays = delaysOf(config);
  const watched = new Set([
    ...[...config.routers, ...config.groups].flatMap(({ track }) => track.map(itemKey)),
    ...config.bfd.map(({ name }) => itemKey({ kind: 'bfd', name })),
  ]);
  const items = new Map<string, Settling>(
    [...known].flatMap(([key, settled]) => (watched.has(key) ? [[key, { settled }] as const] : [])),
  );
  const stateOf = (key: string): ItemState | undefined => items.get(key)?.settled;
  const judgementOf = (name: string): PriorityJudgement =>
    judge(config.routers.find((router) => router.name === name)?.priority ?? 1, tracks.get(name) ?? [], stateOf);

  const detectorsOf = (name: string): string[] =>
    [...(config.routers.find((router) => router.name === name)?.track ?? []), ...(groupOf(name)?.track ?? [])]
      .filter(isDetector)
      .map((entry) => entry.name);

  /** Changes items and judges every router before and after. */
  const change = (apply: () => void): Outcome => {
    const names = [...tracks.keys()];
    const before = new Map(names.map((name) => [name, judgementOf(name)]));
    const states = new Map([...items].map(([key, { settled }]) => [key, settled]));
    apply();
    const changed = [...items].flatMap(([item, { settled: state }]) => {
      const was = states.get(item);
      return was?.state === state.state && was.value === state.value ? [] : [{ item, state }];
    });
    const causesFor = (name: string): string[] => {
      const keys = (tracks.get(name) ?? []).map(itemKey);
      return changed.flatMap(({ item, state }) => (keys.includes(item) ? [`${item} ${state.reason}`] : []));
    };
    const rejudged = names.flatMap((name) => {
      const [old, after] = [before.get(name), judgementOf(name)];
      if (old === undefined || isSame(old, after)) return [];
      return [{ router: name, before: old, after, causes: causesFor(name) }];
    });
    return { changed, rejudged };
  };

  return {
    report: (states, now) =>
      change(() => {
        for (const [key, state] of states) {
          items.set(key, observe(items.get(key), state, delays.get(key) ?? noDelays, now));
        }
      }),
    settle: (now) => {
      // It is asked with every advertisement, and seldom is anything pending.
      const isDue = [...items.values()].some(({ pending }) => pending !== undefined && pending.at <= now);
      if (!isDue) return { changed: [], rejudged: [] };
      return change(() => {
        for (const [key, item] of items) items.set(key, settle(item, now));
      });
    },
    next: () => {
      const dues = [...items.values()].flatMap(({ pending }) => pending?.at ?? []);
      return dues.length === 0 ? undefined : (Math.min(...dues) as Instant);
    },
    judgementOf,
    trackedBy: (name) => [
      ...(tracks.get(name) ?? []).map((item) => ({
        item: itemKey(item),
        weight: item.weight,
        ...(stateOf(itemKey(item)) ?? unseen),
      })),
      ...detectorsOf(name).map((session) => ({ item: `bfd ${session}`, ...(stateOf(`bfd ${session}`) ?? unseen) })),
    ],
    named: (kind) => [...new Set([...tracks.values()].flat().flatMap((item) => (item.kind === kind ? item.name : [])))],
    detectorsOf,
    known: () => new Map([...items].map(([key, { settled }]) => [key, settled])),
  };
};
