// Operators' commands while the director runs: drains, weights, servers added and removed, handovers. Kept on disk, and reported.

import type { Log } from '../log/log.ts';
import {
  type CommandChange,
  type Commands,
  commandServer,
  mergeCommands,
  newCommands,
  type ServerCommand,
} from './commands.ts';
import {
  changeMembership,
  describeMembership,
  finishMemberships,
  type Membership,
  type MembershipChange,
  type Memberships,
  membershipKey,
  mergeMemberships,
  newMemberships,
} from './memberships.ts';
import type { OperatorStateFile } from './state.ts';

export type OperatorOptions = {
  readonly director: string;
  readonly file: OperatorStateFile;
  readonly wallClock: () => number;
  readonly report: (report: CommandReport) => void;
  readonly log: Log;
};

/** What operators' commands report. */
export type CommandReport =
  /** Commands for servers have changed, here or on a peer; all of them. */
  | { readonly type: 'commands'; readonly origin: 'here' | 'peer'; readonly commands: PairCommands }
  /** Routers stand aside by command, or no longer. */
  | { readonly type: 'aside' };

/** What is sent to the other directors; a new object with each change. */
export type PairCommands = { readonly commands: Commands; readonly memberships: Memberships };

/** The commands of another director. */
type PeerCommands = {
  readonly director: string;
  readonly commands: readonly ServerCommand[];
  readonly memberships?: readonly Membership[];
};

export type Operator = {
  readonly commands: () => Commands;
  readonly memberships: () => Memberships;
  readonly exchanged: () => PairCommands;
  readonly aside: () => readonly string[];
  readonly command: (server: string, change: CommandChange) => void;
  readonly handOver: (routers: readonly string[]) => void;
  /** @param isAll whether none stands aside any more, configured or not. */
  readonly resume: (routers: readonly string[], isAll: boolean) => void;
  /** Records a server as added to a service or removed from it. The change must be valid. */
  readonly changeMembership: (change: MembershipChange) => void;
  /** Records that the file says the same as these commands, so that they count no longer. */
  readonly finish: (memberships: readonly Membership[]) => void;
  readonly takeFromPeer: (from: PeerCommands) => void;
  /** Call when the vrrp process has called a handover off. */
  readonly forgetHandover: (router: string) => void;
};

const describe = ({ drained, weight }: ServerCommand): string =>
  drained
    ? 'drained, no new connections until undrain'
    : `not drained, ${weight === undefined ? 'configured weight' : `weight ${weight}`}`;

export const openOperator = (options: OperatorOptions): Operator => {
  const { director, file, wallClock, report, log } = options;
  let { commands, memberships, aside } = file.found;
  let exchanged: PairCommands = { commands, memberships };
  if (file.damage !== undefined) log('error', { process: 'director', event: 'commands-unreadable' }, file.damage);

  const keep = (): void => {
    file.write({ commands, memberships, aside });
    exchanged = { commands, memberships };
  };

  const setAside = (next: readonly string[], named: readonly string[], text: string): void => {
    aside = next;
    keep();
    for (const name of named)
      log('info', { process: 'director', subject: name, event: 'router-command' }, `by command: ${text}`);
    report({ type: 'aside' });
  };

  return {
    commands: () => commands,
    memberships: () => memberships,
    exchanged: () => exchanged,
    aside: () => aside,
    command: (server, change) => {
      commands = commandServer(commands, server, change, director, wallClock());
      keep();
      const given = commands.get(server);
      if (given !== undefined)
        log(
          'info',
          { process: 'director', subject: server, event: 'server-command' },
          `by command: ${describe(given)}`,
        );
      report({ type: 'commands', origin: 'here', commands: exchanged });
    },
    handOver: (named) =>
      setAside([...new Set([...aside, ...named])], named, 'handed over; it stands aside until resume'),
    resume: (named, isAll) =>
      setAside(isAll ? [] : aside.filter((name) => !named.includes(name)), named, 'resumed; it takes part again'),
    changeMembership: (change) => {
      memberships = changeMembership(memberships, change, director, wallClock());
      keep();
      const text = `by command: ${describeMembership(change)}`;
      log('info', { process: 'director', subject: change.server, event: 'server-membership' }, text);
      report({ type: 'commands', origin: 'here', commands: exchanged });
    },
    finish: (done) => {
      if (done.length === 0) return;
      memberships = finishMemberships(memberships, new Set(done.map(membershipKey)));
      keep();
      for (const one of done) {
        const text = `${describeMembership(one)} by command on ${one.by}: the file says the same now, so the command is forgotten`;
        log('info', { process: 'director', subject: one.server, event: 'server-membership-done' }, text);
      }
    },
    takeFromPeer: ({ director: from, commands: others, memberships: otherMemberships = [] }) => {
      const [before, known] = [commands, memberships];
      const merged = mergeCommands(commands, others);
      const joined = mergeMemberships(memberships, otherMemberships);
      const news = newCommands(before, merged);
      const changes = newMemberships(known, joined);
      if (news.length + changes.length === 0) return;
      [commands, memberships] = [merged, joined];
      keep();
      for (const command of news) {
        const text = `by command on ${command.by}, received from ${from}: ${describe(command)}`;
        log('info', { process: 'director', subject: command.server, event: 'server-command-received' }, text);
      }
      for (const one of changes.filter(({ done }) => !done)) {
        const text = `by command on ${one.by}, received from ${from}: ${describeMembership(one)}`;
        log('info', { process: 'director', subject: one.server, event: 'server-membership-received' }, text);
      }
      report({ type: 'commands', origin: 'peer', commands: exchanged });
    },
    forgetHandover: (router) => {
      if (!aside.includes(router)) return;
      aside = aside.filter((name) => name !== router);
      keep();
    },
  };
};
