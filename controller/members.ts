// Operators' commands and what they put in force: servers added and removed here or on a peer change the running configuration.

import { join } from 'node:path';
import { messageOf } from '../base/error.ts';
import type { DirectorConfig } from '../config/model/model.ts';
import { combine, decideAddition, decideRemoval, describeDifference, type InForce } from './in-force.ts';
import type { Log } from './log/log.ts';
import type { RecordFaults } from './log/record-fault.ts';
import { routersMeant, serverMeant, serverNames } from './names.ts';
import type { CommandChange } from './operator/commands.ts';
import type { MemberSettings } from './operator/memberships.ts';
import { type CommandReport, type Operator, openOperator } from './operator/operator.ts';
import { openOperatorState } from './operator/state.ts';

export type MembersOptions = {
  /** As the file says. */
  readonly config: DirectorConfig;
  readonly stateDirectory: string;
  readonly records: RecordFaults;
  /** Puts another configuration in force, and takes it by {@link Members.take}. @throws Error before anything has changed */
  readonly apply: (next: InForce) => void;
  readonly report: (report: CommandReport) => void;
  readonly log: Log;
};

/** Why a command is refused, and whether that is because it names what there is not. */
export type MemberRefusal = { readonly refused: string; readonly isUnknown: boolean };

export type Members = {
  readonly operator: Operator;
  readonly now: () => InForce;
  /** What would be in force with this file. */
  readonly with: (file: DirectorConfig) => InForce;
  readonly take: (next: InForce) => void;
  /** Forgets the commands that the file in force has caught up with. Call once it is in force. */
  readonly forget: () => void;
  /** Puts in force what came from peers. */
  readonly follow: () => void;
  /** @param server its name, or its address and port in any spelling @returns the reason for a refusal */
  readonly command: (server: string, change: CommandChange) => string | undefined;
  /** Routers with their sync groups are handed over, or take part again. @param router all where absent @returns the reason for a refusal */
  readonly standAside: (router: string | undefined, isAside: boolean) => string | undefined;
  /** @param text of an added server its address, of a removed one also its name */
  readonly add: (service: string, text: string, settings: MemberSettings) => MemberRefusal | undefined;
  readonly remove: (service: string, text: string) => MemberRefusal | undefined;
};

export const openMembers = ({ config, stateDirectory, records, apply, report, log }: MembersOptions): Members => {
  const file = openOperatorState(
    join(stateDirectory, 'operator.json'),
    records.of('the record of commands', 'which are in force but do not outlive a restart', 'commands-not-saved'),
  );
  let inForce = combine(config, file.found.memberships);
  const operator = openOperator({
    director: config.director,
    file,
    wallClock: Date.now,
    report,
    log,
  });
  /** The commands that are in force: others come from peers. */
  let followed = operator.memberships();
  let complaint = '';

  const warnOfIdle = (next: InForce, known: ReadonlySet<string>): void => {
    for (const difference of next.differences) {
      const text = describeDifference(difference);
      if (difference.why !== undefined && !known.has(text))
        log('warn', { process: 'director', subject: difference.server, event: 'server-membership-left-out' }, text);
    }
  };
  warnOfIdle(inForce, new Set());

  const decided = (decision: ReturnType<typeof decideRemoval>): MemberRefusal | undefined => {
    if ('refused' in decision) return decision;
    try {
      apply(decision.next);
    } catch (error) {
      return { refused: messageOf(error), isUnknown: false };
    }
    operator.changeMembership(decision.change);
    followed = operator.memberships();
    // The same, by its command.
    inForce = { ...combine(inForce.file, operator.memberships(), inForce), config: inForce.config };
    return undefined;
  };

  return {
    operator,
    now: () => inForce,
    with: (next) => combine(next, operator.memberships(), inForce),
    take: (next) => {
      const known = new Set(inForce.differences.map(describeDifference));
      inForce = next;
      followed = operator.memberships();
      warnOfIdle(next, known);
    },
    forget: () => {
      operator.finish(inForce.caughtUp);
      followed = operator.memberships();
      inForce = { ...inForce, caughtUp: [], memberships: followed };
    },
    follow: () => {
      if (operator.memberships() === followed) return;
      try {
        apply(combine(inForce.file, operator.memberships(), inForce));
        complaint = '';
      } catch (error) {
        const text = `servers added and removed by command are not in force yet: ${messageOf(error)}`;
        if (text !== complaint) log('warn', { process: 'director', event: 'server-membership-left-out' }, text);
        complaint = text;
      }
    },
    command: (text, change) => {
      const meant = serverMeant(text, serverNames(inForce.config));
      if ('refused' in meant) return meant.refused;
      operator.command(meant.server, change);
      return undefined;
    },
    standAside: (router, isAside) => {
      const meant = routersMeant(router, inForce.config);
      if (typeof meant === 'string') return meant;
      if (isAside) operator.handOver(meant);
      else operator.resume(meant, router === undefined);
      return undefined;
    },
    add: (service, text, settings) => decided(decideAddition(inForce, service, text, settings)),
    remove: (service, text) => decided(decideRemoval(inForce, service, text)),
  };
};
