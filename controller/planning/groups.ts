// The effect of changed sync groups on the states of their routers. Pure.

import { isDeepStrictEqual } from 'node:util';
import type { GroupConfig, RouterConfig, VrrpConfig } from '../../config/model/model.ts';
import type { TrackConfig } from '../../config/model/tracking-model.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import type { Effect, PlanLine } from '../plan-line.ts';
import { differences } from './words.ts';

/** A router of both configurations, with its status; the names may differ. */
export type Continuing = {
  readonly before: RouterConfig;
  readonly after: RouterConfig;
  readonly now: RouterStatus | undefined;
};

const weightOf = ({ scripts, processes, files }: VrrpConfig, { kind, name, weight }: TrackConfig): number => {
  const items = kind === 'script' ? scripts : kind === 'process' ? processes : kind === 'file' ? files : [];
  return weight ?? items.find((item) => item.name === name)?.weight ?? 0;
};

/** What a router's group makes it track, beside its own: the group's items, and those of other members that have a weight. */
const lentTo = (router: string, config: VrrpConfig): readonly string[] => {
  const group = config.groups.find(({ routers }) => routers.includes(router));
  const others = config.routers.filter(({ name }) => name !== router && group?.routers.includes(name));
  const entries = [
    ...(group?.track ?? []),
    ...others.flatMap(({ track }) => track.filter((entry) => weightOf(config, entry) !== 0)),
  ];
  return entries.map((entry) => JSON.stringify({ ...entry, weight: weightOf(config, entry) })).sort();
};

/** Out of its group it would preempt the master that it hears. */
const wouldPreempt = ({ after, now }: Continuing): boolean =>
  after.preempt && now?.master !== undefined && now.priority > now.master.priority;

/** States go on where all members are master or all are backup, and where nothing else is tracked than before. */
const effectOfGroup = (members: readonly (Continuing | undefined)[], before: VrrpConfig, after: VrrpConfig): Effect => {
  const isCalm = members.every(
    (member) =>
      member !== undefined &&
      (member.now?.state === 'master' || (member.now?.state === 'backup' && !wouldPreempt(member))) &&
      member.now.state === members[0]?.now?.state &&
      isDeepStrictEqual(lentTo(member.before.name, before), lentTo(member.after.name, after)),
  );
  return isCalm ? 'hitless' : 'election';
};

export const planGroups = (before: VrrpConfig, after: VrrpConfig, continuing: readonly Continuing[]): PlanLine[] => {
  const old = new Map(before.groups.map((group) => [group.name, group]));
  const names = new Set(after.groups.map(({ name }) => name));
  /** Members that only the old group had are in none now, or in another one; those that are removed end. */
  const membersOf = (was: GroupConfig | undefined, is: GroupConfig | undefined): (Continuing | undefined)[] => [
    ...continuing.filter(
      (one) => was?.routers.includes(one.before.name) === true && is?.routers.includes(one.after.name) !== true,
    ),
    ...(is?.routers ?? []).map((name) => continuing.find((one) => one.after.name === name)),
  ];
  const lines = after.groups.flatMap((group): PlanLine[] => {
    const was = old.get(group.name);
    const change =
      was === undefined ? `holds ${group.routers.join(', ')} together` : differences(was, group).join(', ');
    if (change === '') return [];
    return [{ subject: `group ${group.name}`, change, effect: effectOfGroup(membersOf(was, group), before, after) }];
  });
  const removed = before.groups
    .filter(({ name }) => !names.has(name))
    .map(
      (group): PlanLine => ({
        subject: `group ${group.name}`,
        change: 'is removed',
        effect: effectOfGroup(membersOf(group, undefined), before, after),
      }),
    );
  return [...lines, ...removed];
};
