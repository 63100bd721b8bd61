// The rules about what neighbours and peers believe: who announced an address last, and whether a master fell silent and went on.

import type { Machine } from './machine.ts';
import type { Setting } from './scenario.ts';
import { linksOf } from './settings.ts';

export type NeighbourRules = {
  readonly announced: (machine: Machine, address: string) => void;
  readonly advertised: (machine: Machine, link: number) => void;
  /** A router has changed its state. @param isUnheard it gave way, and its last advertisement may have been lost */
  readonly changed: (machine: Machine, link: number, isUnheard: boolean) => void;
  /** All has been well for long, and this host has the address of the link. */
  readonly calm: (holder: Machine, link: number) => void;
};

/** RFC 9568 6.1: peers count a master as dead after this many of its intervals; it may be late by a little more. */
const silentIntervals = 3;
const dozed = 100;

export const createNeighbourRules = (setting: Setting, fail: (what: string) => void): NeighbourRules => {
  const links = linksOf(setting);
  /** The last host that a client on the link has heard, by address. */
  const lastAnnounced = new Map<string, Machine>();
  /** When a master last advertised, by its own clock. */
  const lastSent = new Map<string, number>();
  const hasPeerLikeKeepalived = setting.directors.some(({ keepalived }) => keepalived !== undefined);
  const keyOf = (machine: Machine, link: number): string => `${machine.name} ${link}`;
  const intervalOf = ({ index }: Machine): number => setting.directors[index]?.interval ?? setting.interval;

  /** A master that was silent for this long may have been replaced, and must find out first. */
  const judgeSilence = (machine: Machine, link: number): void => {
    const now = machine.clock.now() + machine.spent();
    const silence = now - (lastSent.get(keyOf(machine, link)) ?? now);
    if (silence > silentIntervals * intervalOf(machine) + dozed)
      fail(`${machine.name} was silent for ${silence} ms, and went on as master`);
  };

  return {
    announced: (machine, address) => {
      const link = links.findIndex(({ virtual }) => virtual === address);
      if (machine.isUp(link)) lastAnnounced.set(address, machine);
      judgeSilence(machine, link);
    },
    advertised: (machine, link) => {
      judgeSilence(machine, link);
      lastSent.set(keyOf(machine, link), machine.clock.now() + machine.spent());
    },
    changed: (machine, link, isUnheard) => {
      lastSent.delete(keyOf(machine, link));
      const { virtual = '' } = links[link] ?? {};
      // A winner that never heard of another master does not announce again: that is not promised.
      if (isUnheard && lastAnnounced.get(virtual) === machine) lastAnnounced.delete(virtual);
    },
    calm: (holder, link) => {
      const { virtual = '' } = links[link] ?? {};
      const last = lastAnnounced.get(virtual);
      if (!hasPeerLikeKeepalived && last !== undefined && last !== holder)
        fail(`neighbours send to ${last.name}, which announced ${virtual} last, and ${holder.name} has it`);
    },
  };
};
