// What decides who rules: interval, priority and preemption of a vrrp_instance. Pure.

import { type Node, originOf, scalar } from './document.ts';
import { type Finding, lastOf, type Statement } from './statement.ts';
import { secondsOf, writeSeconds } from './values.ts';

export type Say = (kind: Finding['kind'], statement: Statement, message: string) => void;

export const numberOf = (statement: Statement | undefined): number | undefined => {
  const number = Number.parseInt(statement?.words[0] ?? '', 10);
  return Number.isNaN(number) ? undefined : number;
};

const isMaster = (block: readonly Statement[]): boolean => lastOf(block, 'state')?.words[0] === 'MASTER';

// RFC 3768 section 5.3.7 counts seconds in one byte, RFC 9568 section 5.2.7 centiseconds in twelve bits.
const carriable = (seconds: number, version: number): number =>
  version === 2
    ? Math.min(255, Math.max(1, Math.round(seconds)))
    : Math.min(40.95, Math.max(0.01, Math.round(seconds * 100) / 100));

/** The interval as the version can carry it. */
export const readInterval = (block: readonly Statement[], version: number, say: Say): Node | undefined => {
  const statement = lastOf(block, 'advert_int');
  if (statement === undefined) return undefined;
  const seconds = secondsOf(statement);
  if (seconds === undefined || seconds <= 0) {
    say(
      'mistaken',
      statement,
      `expected seconds above zero, not ${statement.words[0] ?? 'nothing'}; keepalived means 1`,
    );
    return undefined;
  }
  const fitting = carriable(seconds, version);
  if (fitting !== seconds) say('changed', statement, `version ${version} carries ${writeSeconds(fitting)} instead`);
  return scalar(writeSeconds(fitting), originOf(statement));
};

export const readPriority = (instance: Statement, block: readonly Statement[], say: Say): Node => {
  const given = lastOf(block, 'priority');
  const number = numberOf(given);
  const isGood = number !== undefined && number >= 1 && number <= 255;
  if (given !== undefined && !isGood) say('mistaken', given, 'expected a number from 1 to 255; keepalived means 100');
  const standard = given === undefined && isMaster(block) ? 255 : 100;
  return scalar(isGood ? number : standard, originOf(given ?? instance));
};

/** Preemption as keepalived has it in the end, since it drops what does not go together. */
export const readPreemption = (block: readonly Statement[], priority: unknown, say: Say): Record<string, Node> => {
  const entries: Record<string, Node> = {};
  const nopreempt = lastOf(block, 'nopreempt', 'preempt');
  const canceller = isMaster(block) ? 'state MASTER' : priority === 255 ? 'priority 255' : undefined;
  if (nopreempt?.keyword === 'nopreempt') {
    if (canceller === undefined) entries.preempt = scalar(false, originOf(nopreempt));
    else {
      const advice = priority === 255 ? '' : ': write "preempt: false" if it must not';
      say('changed', nopreempt, `keepalived drops it with ${canceller}, so the router preempts${advice}`);
    }
  }
  const delay = lastOf(block, 'preempt_delay');
  const seconds = delay === undefined ? 0 : (secondsOf(delay) ?? 0);
  if (delay === undefined || seconds === 0) return entries;
  if (canceller !== undefined || entries.preempt !== undefined) {
    say('needless', delay, `keepalived drops it with ${canceller ?? 'nopreempt'}`);
  } else entries.preempt_delay = scalar(writeSeconds(seconds), originOf(delay));
  return entries;
};
