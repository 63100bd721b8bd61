// Differences between what regent would do and what keepalived understood, as text. Pure.

import type { Facts } from './facts.ts';

export type Difference = {
  readonly subject: string;
  /** Absent if the whole subject is on one side only. */
  readonly field?: string;
  readonly keepalived: string;
  readonly regent: string;
};

const absent = 'has none';

/** Whether a subject is part of another that is missing as a whole. */
const isWithin = (subject: string, outer: string): boolean => subject.startsWith(`${outer},`);

/** All differences, in keepalived's order. */
export const compareFacts = (keepalived: Facts, regent: Facts): readonly Difference[] => {
  const missing = [...keepalived.keys()].filter((subject) => !regent.has(subject));
  const added = [...regent.keys()].filter((subject) => !keepalived.has(subject));
  const outermost = (subjects: readonly string[]): readonly string[] =>
    subjects.filter((subject) => !subjects.some((outer) => isWithin(subject, outer)));
  return [
    ...outermost(missing).map((subject) => ({ subject, keepalived: 'has it', regent: absent })),
    ...outermost(added).map((subject) => ({ subject, keepalived: absent, regent: 'has it' })),
    ...[...keepalived].flatMap(([subject, theirs]) => {
      const ours = regent.get(subject);
      if (ours === undefined) return [];
      return [...new Set([...theirs.keys(), ...ours.keys()])].flatMap((field): Difference[] => {
        const [their = 'nothing', our = 'nothing'] = [theirs.get(field), ours.get(field)];
        return their === our ? [] : [{ subject, field, keepalived: their, regent: our }];
      });
    }),
  ];
};

/** What only one of two lists has, where they have something in common. */
const apart = (theirs: string, ours: string): readonly [string, string] => {
  const [left, right] = [theirs.split(', '), ours.split(', ')];
  if (!left.some((each) => right.includes(each))) return [theirs, ours];
  const only = (some: readonly string[], others: readonly string[]): string =>
    some.filter((each) => !others.includes(each)).join(', ') || 'nothing else';
  return [only(left, right), only(right, left)];
};

/** One line per difference; of lists only what differs. */
export const formatDifference = ({ subject, field, keepalived, regent }: Difference): string => {
  const [theirs, ours] = apart(keepalived, regent);
  return `${subject}${field === undefined ? '' : `: ${field}`}: keepalived ${theirs}, regent ${ours}`;
};
