// The rules about who succeeds a master and when: no sooner than its timers allow, the best of the backups, and soon where a
// farewell was sent.

import { boundsOf } from './bounds.ts';
import type { Machine } from './machine.ts';
import type { Setting } from './scenario.ts';
import type { Seen } from './seen.ts';
import type { Time } from './time.ts';

export type SuccessionRules = {
  /** A process has read an advertisement. */
  readonly heard: (machine: Machine, payload: Uint8Array) => void;
  /** Any process begins. */
  readonly opened: (machine: Machine) => void;
  /** A router begins to listen: it has heard nothing yet. */
  readonly listens: (machine: Machine, link: number) => void;
  /** A fault begins or ends. @param isWell all was well until now, with one holder of each address */
  readonly disturbed: (isWell: boolean) => void;
  /** The last will of a dead process was executed. @param isAway whether an address has no holder */
  readonly willed: (machine: Machine, isAway: () => boolean) => void;
  /** A machine has lost its power. @param isAway whether an address has no holder */
  readonly lost: (machine: Machine, isAway: () => boolean) => void;
  /** A master's link has no carrier. @returns call it once it has one again */
  readonly unplugged: (machine: Machine, link: number) => () => void;
  /** A router has become master. */
  readonly rose: (machine: Machine, link: number, code: string) => void;
};

type Options = {
  readonly setting: Setting;
  readonly time: Time;
  readonly directors: () => readonly Seen[];
  /** Whether a router leaves its mastership. */
  readonly isLeaving: (machine: Machine, link: number) => boolean;
  /** Whether the wire carries all packets, and each kernel takes all changes. */
  readonly isWhole: () => boolean;
  readonly fail: (what: string) => void;
};

type Heard = { readonly at: number; readonly interval: number };

/** An advertisement's interval, in milliseconds. */
const intervalOf = ([versionAndType = 0, , , , high = 0, low = 0]: Uint8Array): number =>
  versionAndType >> 4 === 2 ? low * 1000 : (((high << 8) | low) & 0xfff) * 10;

export const createSuccessionRules = (options: Options): SuccessionRules => {
  const { setting, time, directors, isLeaving, isWhole, fail } = options;
  const bounds = boundsOf(setting);
  const lastHeard = new Map<string, Heard>();
  const openedAt = new Map<Machine, number>();
  let disturbedAt = 0;
  let disturbances = 0;
  let wasWell = false;

  const keyOf = (machine: Machine, link: number): string => `${machine.name} ${link}`;
  const skewOf = (priority: number, interval: number): number =>
    ((256 - priority) * (setting.version === 2 ? 1000 : interval)) / 256;

  /** RFC 9568 6.4.2: a silent master has its master down interval. Clocks drift by a thousandth. */
  const judgeHaste = ({ machine, priority }: Seen, link: number): void => {
    const heard = lastHeard.get(keyOf(machine, link));
    if (heard === undefined) return;
    const waited = time.now() - heard.at;
    const least = 0.998 * (3 * heard.interval + skewOf(priority(), heard.interval)) - 1;
    if (waited < least)
      fail(`${machine.name} succeeded a master that was silent for ${waited} ms, less than ${least} ms`);
  };

  /** Skew times are there for this (RFC 9568 6.1): the best of the backups is the first. */
  const judgeOrder = (risen: Seen, link: number, hasFarewell: boolean): void => {
    const better = directors().find(
      (one) =>
        one !== risen &&
        one.isHealthy() &&
        !isLeaving(one.machine, link) &&
        (hasFarewell || one.maySucceed()) &&
        (openedAt.get(one.machine) ?? 0) < disturbedAt &&
        skewOf(risen.priority(), setting.interval) - skewOf(one.priority(), setting.interval) > 150,
    );
    if (better !== undefined)
      fail(`${risen.machine.name} became master before ${better.machine.name}, which is better`);
  };

  /** Another director takes over within the bound, unless something else happens. */
  const expect = (machine: Machine, when: string, bound: number, isAway: () => boolean): void => {
    const hasSuccessor = directors().some((one) => one.machine !== machine && one.isHealthy());
    if (!wasWell || !hasSuccessor) return;
    const since = disturbances;
    time.at(time.now() + bound, () => {
      if (since === disturbances && isWhole() && isAway())
        fail(`no host succeeded ${machine.name} within ${bound} ms ${when}`);
    });
  };

  return {
    heard: (machine, payload) => {
      const [, id = 0, priority = 0] = payload;
      if (priority > 0) lastHeard.set(keyOf(machine, id - 51), { at: time.now(), interval: intervalOf(payload) });
    },
    opened: (machine) => void openedAt.set(machine, time.now()),
    listens: (machine, link) => void lastHeard.delete(keyOf(machine, link)),
    disturbed: (isWell) => {
      wasWell = isWell;
      disturbedAt = time.now();
      disturbances += 1;
    },
    willed: (machine, isAway) => {
      // A signed farewell would be too old.
      if (!setting.isSigned) expect(machine, 'after its last will', bounds.succession, isAway);
    },
    lost: (machine, isAway) => {
      if (setting.hasBfd) expect(machine, 'after BFD could detect its loss', bounds.detection, isAway);
    },
    unplugged: (machine, link) => {
      const one = directors().find((seen) => seen.machine === machine);
      const [since, began] = [disturbances, time.now()];
      const wasMaster = wasWell && isWhole() && one?.regent?.status()[link]?.state === 'master';
      return () => {
        // What went on meanwhile, and BFD, which detects the loss of the link sooner, may have made another master.
        const isBrief = wasMaster && disturbances === since + 1 && time.now() - began < 0.9 * setting.interval;
        if (!isBrief || setting.hasBfd || !isWhole() || one?.maySucceed() !== true) return;
        time.at(time.now() + bounds.flap, () => {
          if (disturbances === since + 1 && one.isHealthy() && one.regent?.status()[link]?.state !== 'master')
            fail(`${machine.name} lost its mastership by a link that was away for a moment`);
        });
      };
    },
    rose: (machine, link, code) => {
      const risen = directors().find((one) => one.machine === machine);
      if (risen?.regent === undefined) return;
      // What was signed too long ago counts as not heard.
      if (code === 'no-advertisement' && !setting.isSigned) judgeHaste(risen, link);
      const isSuccession = code === 'no-advertisement' || code === 'farewell';
      if (isSuccession && wasWell && isWhole()) judgeOrder(risen, link, code === 'farewell');
    },
  };
};
