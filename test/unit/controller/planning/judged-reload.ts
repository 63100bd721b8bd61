// Whether a plan has said what a reload did to the virtual routers of a director.

import assert from 'node:assert/strict';
import type { DirectorConfig } from '../../../../config/model/model.ts';
import type { Plan } from '../../../../controller/plan-line.ts';

/** What was seen of a director from outside since a reload. */
export type Seen = {
  /** `r1: master -> backup`. */
  readonly transitions: readonly string[];
  /** Addresses removed from the kernel: `10.0.0.100 on eth0`. */
  readonly removed: readonly string[];
  /** Virtual router ids of farewells. */
  readonly farewells: readonly number[];
};

/** Each router and those that change state with it, before the reload or after it. */
const withMates = (names: Iterable<string>, configs: readonly DirectorConfig[]): ReadonlySet<string> => {
  const found = new Set(names);
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const { vrrp } of configs)
      for (const { routers } of vrrp.groups)
        if (routers.some((name) => found.has(name))) for (const name of routers) found.add(name);
    // A router that is called otherwise is one router.
    for (const router of configs.flatMap(({ vrrp }) => vrrp.routers))
      if (found.has(router.name))
        for (const other of configs.flatMap(({ vrrp }) => vrrp.routers))
          if (other.virtualRouterId === router.virtualRouterId) found.add(other.name);
  }
  return found;
};

/** The routers for which a plan announces an election. */
const announced = (plan: Plan, before: DirectorConfig, after: DirectorConfig): ReadonlySet<string> => {
  const names = plan
    .filter(({ effect }) => effect === 'election')
    .flatMap(({ subject }) => {
      const [kind, name = ''] = subject.split(' ');
      if (kind === 'router') return [name];
      const groups = [before, after].flatMap(({ vrrp }) => vrrp.groups);
      if (kind === 'group') return groups.filter((group) => group.name === name).flatMap(({ routers }) => routers);
      const follows = ({ track }: { readonly track: readonly { readonly kind: string; readonly name: string }[] }) =>
        track.some((entry) => entry.kind === kind && entry.name === name);
      return [
        ...after.vrrp.routers.filter(follows).map((router) => router.name),
        ...after.vrrp.groups.filter(follows).flatMap(({ routers }) => routers),
      ];
    });
  return withMates(names, [before, after]);
};

export type JudgedReload = {
  readonly plan: Plan;
  readonly before: DirectorConfig;
  readonly after: DirectorConfig;
  readonly seen: Seen;
  /** What a failure is told with. */
  readonly words: string;
};

/** Of what the plan calls hitless no router changes its state, says farewell or gives an address up; of what it says to cut an address goes. */
export const judgeReload = ({ plan, before, after, seen, words }: JudgedReload): void => {
  const { transitions, removed, farewells } = seen;
  const excused = announced(plan, before, after);
  // A candidate holds and says nothing, as a backup does.
  for (const transition of transitions.filter((text) => !/candidate -> backup|backup -> candidate/.test(text)))
    assert.ok(excused.has(transition.split(':')[0] ?? ''), `${transition} ${words}`);
  const nameOf = (id: number) =>
    [...before.vrrp.routers, ...after.vrrp.routers].find((router) => router.virtualRouterId === id)?.name ?? '';
  for (const id of farewells) assert.ok(excused.has(nameOf(id)), `farewell of ${nameOf(id)} ${words}`);
  const holders = (address: string) =>
    [...before.vrrp.routers, ...after.vrrp.routers].filter((router) =>
      [...router.addresses, ...router.excluded].some((one) => one.address === address),
    );
  for (const text of removed) {
    const [address = ''] = text.split(' ');
    const isTold = plan.some(({ effect, change }) => effect !== 'hitless' && change.includes(`${address}/`));
    assert.ok(isTold || holders(address).some(({ name }) => excused.has(name)), `${text} is removed ${words}`);
  }
  for (const { effect, subject, change } of plan) {
    const [, address] = /^gives (10\S+)\/32 up$/.exec(change) ?? [];
    if (effect === 'cuts' && address !== undefined && !excused.has(subject.split(' ')[1] ?? ''))
      assert.ok(
        removed.some((text) => text.startsWith(`${address} `)),
        `${address} stays ${words}`,
      );
  }
};
