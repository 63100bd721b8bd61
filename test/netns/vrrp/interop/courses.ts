// What happens to regent and keepalived on one cable, and who must be master after each of it. Pure.

import { unreachable } from '../../../../base/unreachable.ts';
import { type Both, otherThan, type Party, parties, type Row } from './rows.ts';

export type Deed = {
  /** `reprioritize`: reads a configuration in which it ranks on the other side of its peer. */
  readonly do: 'start' | 'stop' | 'kill' | 'freeze' | 'thaw' | 'reprioritize';
  readonly who: Party;
};

export type Course = { readonly name: string; readonly deeds: readonly Deed[] };

const courseOf = (name: string, who: Party, ...ends: readonly Deed['do'][]): Course => ({
  name: `${who} ${name}`,
  // Both orders of coming are among the courses: the one that ends was there first.
  deeds: [{ do: 'start', who }, { do: 'start', who: otherThan(who) }, ...ends.map((end): Deed => ({ do: end, who }))],
});

export const courses: readonly Course[] = parties.flatMap((who) => [
  courseOf('is first, says farewell, and returns', who, 'stop', 'start'),
  courseOf('is first, is killed, and returns', who, 'kill', 'start'),
  courseOf('is first, freezes, and thaws', who, 'freeze', 'thaw'),
  courseOf('is first, is given other priorities', who, 'reprioritize', 'reprioritize'),
]);

/** A row's routers in the middle of a course. */
export type Standing = {
  readonly priorities: Both<number>;
  readonly running: ReadonlySet<Party>;
  readonly master?: Party;
};

/** Who must be master; `either` where it hangs on which packet is read first, and one must be all the same. */
export type Expected = Party | 'either';

const nobody: ReadonlySet<Party> = new Set();
export const beginning = ({ priorities }: Row): Standing => ({ priorities, running: nobody });

/** An owner's priority is its owner's, and who is refused must not rank higher; all others move to the other side of their peer's. */
const reprioritized = ({ isRefused }: Row, { priorities }: Standing, who: Party): Both<number> => {
  const [own, peer] = [priorities[who], priorities[otherThan(who)]];
  if (own === 255 || peer === 255 || isRefused) return priorities;
  return { ...priorities, [who]: own > peer ? peer - 50 : peer + 50 };
};

/** A challenger replaces the master if it ranks higher and preempts. */
const contest = (row: Row, priorities: Both<number>, challenger: Party): Party => {
  const master = otherThan(challenger);
  return priorities[challenger] > priorities[master] && row.preempts[challenger] ? challenger : master;
};

/** Where both may be master for a moment, rank decides, unless who ranks higher does not preempt. */
const byRank = (row: Row, { regent, keepalived }: Both<number>): Expected => {
  const higher = keepalived > regent ? 'keepalived' : 'regent';
  return row.preempts[higher] ? higher : 'either';
};

/** keepalived wakes as what it was, with old packets to read: a master that ranks no lower rules on. */
const thawKeepalived = (row: Row, { priorities }: Standing, wasMaster: boolean): Expected => {
  // It reads what it refuses before it sends, on and on.
  if (row.isRefused) return 'either';
  if (priorities.keepalived > priorities.regent && wasMaster) return 'keepalived';
  // Equal ones are ordered by their addresses, if it comes to a contest.
  if (priorities.keepalived === priorities.regent) return wasMaster ? 'keepalived' : 'either';
  return byRank(row, priorities);
};

/** @param frozenMaster whether the party that thaws froze as master. */
export const expectAfter = (row: Row, before: Standing, deed: Deed, frozenMaster: boolean): [Standing, Expected] => {
  const { who } = deed;
  const other = otherThan(who);
  switch (deed.do) {
    case 'start':
    case 'thaw': {
      const running = new Set([...before.running, who]);
      const isAlone = !before.running.has(other);
      const woken = deed.do === 'thaw' && who === 'keepalived' && thawKeepalived(row, before, frozenMaster);
      return [{ ...before, running }, woken || (isAlone ? who : contest(row, before.priorities, who))];
    }
    case 'stop':
    case 'kill':
    case 'freeze':
      return [{ ...before, running: new Set([...before.running].filter((party) => party !== who)) }, other];
    case 'reprioritize': {
      const priorities = reprioritized(row, before, who);
      const { master = who } = before;
      // keepalived falls silent when it reads its configuration anew: its peer and itself then count the same time.
      const isSilent = who === 'keepalived' && master === who;
      return [
        { ...before, priorities },
        isSilent ? byRank(row, priorities) : contest(row, priorities, otherThan(master)),
      ];
    }
    default:
      return unreachable(deed.do);
  }
};
