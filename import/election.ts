// Election settings of a vrrp_instance: interval, priority and preemption. Pure.

import { type Node, originOf, scalar } from './document.ts';
import { isRefusal } from './rows.ts';
import { type Finding, lastOf, type Statement } from './statement.ts';
import { exactNumber, secondsOf, writeSeconds } from './values.ts';

export type Say = (kind: Finding['kind'], statement: Statement, message: string) => void;

export const numberOf = (statement: Statement | undefined): number | undefined => {
  const number = Number.parseInt(statement?.words[0] ?? '', 10);
  return Number.isNaN(number) ? undefined : number;
};

/** keepalived's resulting state: BACKUP does not override MASTER, and an unknown word means BACKUP. */
const isMaster = (block: readonly Statement[]): boolean =>
  block
    .filter(({ keyword }) => keyword === 'state')
    .reduce((was, { words: [state] }) => state === 'MASTER' || (was && state === 'BACKUP'), false);

// RFC 3768 section 5.3.7 counts seconds in one byte, RFC 9568 section 5.2.7 centiseconds in twelve bits.
const carriable = (seconds: number, version: number): number =>
  version === 2
    ? Math.min(255, Math.max(1, Math.round(seconds)))
    : Math.min(40.95, Math.max(0.01, Math.round(seconds * 100) / 100));

/** The interval, rounded to what the version can carry. */
export const readInterval = (block: readonly Statement[], version: number, say: Say): Node | undefined => {
  let kept: { readonly statement: Statement; readonly seconds: number } | undefined;
  for (const statement of block.filter(({ keyword }) => keyword === 'advert_int')) {
    const seconds = secondsOf(statement);
    if (seconds !== undefined && seconds >= 0.01 && seconds <= 255) kept = { statement, seconds };
    else {
      const given = statement.words[0] ?? 'nothing';
      say(
        'mistaken',
        statement,
        `expected seconds from 0.01 to 255, not ${given}; keepalived means ${kept?.seconds ?? 1}`,
      );
    }
  }
  if (kept === undefined) return undefined;
  const { statement, seconds } = kept;
  const fitting = carriable(seconds, version);
  if (fitting !== seconds) say('changed', statement, `version ${version} carries ${writeSeconds(fitting)} instead`);
  return scalar(writeSeconds(fitting), originOf(statement));
};

const readNumber = exactNumber(1, 255);

/** keepalived's effective priority, given or not. */
const priorityOf = (block: readonly Statement[]): number => {
  const given = lastOf(block, 'priority');
  const number = given === undefined ? undefined : readNumber(given);
  if (number !== undefined && !isRefusal(number)) return Number(number);
  return given === undefined && isMaster(block) ? 255 : 100;
};

export const ownsAddresses = (block: readonly Statement[]): boolean => priorityOf(block) === 255;

export const readPriority = (instance: Statement, block: readonly Statement[], say: Say): Node => {
  const given = lastOf(block, 'priority');
  if (given !== undefined && isRefusal(readNumber(given)))
    say('mistaken', given, 'expected a number from 1 to 255; keepalived means 100');
  for (const state of block.filter(({ keyword }) => keyword === 'state')) {
    const [word = 'nothing'] = state.words;
    if (word !== 'MASTER' && word !== 'BACKUP')
      say('mistaken', state, `expected MASTER or BACKUP, not ${word}; keepalived means BACKUP`);
  }
  const priority = priorityOf(block);
  const state = lastOf(block, 'state');
  if (priority === 255 && state !== undefined && !isMaster(block))
    say('changed', state, 'keepalived lets this router of priority 255 listen first; it takes over at once');
  return scalar(priority, originOf(given ?? instance));
};

/** keepalived's effective preemption, since it drops conflicting settings. */
export const readPreemption = (
  block: readonly Statement[],
  priority: unknown,
  isStrict: boolean,
  say: Say,
): Record<string, Node> => {
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
  // Priority 255 means MASTER only if no state is given.
  const wantsMaster = isMaster(block) || (priority === 255 && lastOf(block, 'state') === undefined);
  const dropper =
    (wantsMaster ? canceller : undefined) ??
    (isStrict ? 'strict mode' : entries.preempt !== undefined ? 'nopreempt' : undefined);
  if (dropper !== undefined) say('mistaken', delay, `keepalived drops it with ${dropper}`);
  else if (priority === 255) say('lost', delay, 'a router of priority 255 preempts at once');
  else entries.preempt_delay = scalar(writeSeconds(seconds), originOf(delay));
  return entries;
};
