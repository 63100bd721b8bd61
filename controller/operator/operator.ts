// Operators' commands while the director runs: drains, weights, servers added and removed, handovers. Kept on disk, and sent to
// the other directors.

import { suggestWord } from '../../base/suggestion.ts';
import { spellEndpoint } from '../../net/endpoint.ts';
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
  readonly servers: () => readonly string[];
  readonly routers: () => readonly string[];
  /** The routers of its sync group, itself included. */
  readonly groupOf: (router: string) => readonly string[];
  readonly wallClock: () => number;
  /** Called with all commands when some changed, by hand or by a peer. */
  readonly onCommands: (origin: 'here' | 'peer', commands: PairCommands) => void;
  readonly onAside: () => void;
  readonly log: Log;
};

/** What is sent to the other directors; a new object with each change. */
export type PairCommands = { readonly commands: Commands; readonly memberships: Memberships };

/** Undefined when done, otherwise the reason for the refusal. */
type Refusal = string | undefined;

export type Operator = {
  readonly commands: () => Commands;
  readonly memberships: () => Memberships;
  readonly exchanged: () => PairCommands;
  readonly aside: () => readonly string[];
  /** @param server its name, or its address and port in any spelling. */
  readonly command: (server: string, change: CommandChange) => Refusal;
  /** The name of the server that a command means; in `refused`, why there is none. */
  readonly meantServer: (text: string) => { readonly server: string } | { readonly refused: string };
  /** The routers that a command concerns: the named router's sync group, or all; a string where there is no such router. */
  readonly meant: (router: string | undefined) => readonly string[] | string;
  /** @param router all routers where absent. */
  readonly standAside: (router: string | undefined, isAside: boolean) => Refusal;
  /** Records a server as added to a service or removed from it. The change must be valid. */
  readonly changeMembership: (change: MembershipChange) => void;
  /** Records that the file says the same as these commands, so that they count no longer. */
  readonly finish: (memberships: readonly Membership[]) => void;
  readonly takeFromPeer: (
    director: string,
    commands: readonly ServerCommand[],
    memberships?: readonly Membership[],
  ) => void;
  /** Call when the vrrp process has called a handover off. */
  readonly forgetHandover: (router: string) => void;
};

const unknownName = (kind: string, name: string, names: readonly string[]): string => {
  const meant = suggestWord(name, names);
  const hint = meant === undefined ? `; there are ${names.join(', ') || 'none'}` : ` (did you mean "${meant}"?)`;
  return `There is no ${kind} ${name}${hint}`;
};

const describe = ({ drained, weight }: ServerCommand): string =>
  drained
    ? 'drained, no new connections until undrain'
    : `not drained, ${weight === undefined ? 'configured weight' : `weight ${weight}`}`;

export const openOperator = (options: OperatorOptions): Operator => {
  const { director, file, wallClock, onCommands, onAside, log } = options;
  let { commands, memberships, aside } = file.found;
  let exchanged: PairCommands = { commands, memberships };
  if (file.damage !== undefined) log('error', { process: 'director', event: 'commands-unreadable' }, file.damage);

  const keep = (): void => {
    file.write({ commands, memberships, aside });
    exchanged = { commands, memberships };
  };

  const meant = (router: string | undefined): readonly string[] | string => {
    if (router === undefined) return options.routers();
    return options.routers().includes(router)
      ? options.groupOf(router)
      : unknownName('router', router, options.routers());
  };

  const meantServer: Operator['meantServer'] = (text) => {
    const server = spellEndpoint(text);
    return options.servers().includes(server)
      ? { server }
      : { refused: unknownName('real server', server, options.servers()) };
  };

  return {
    commands: () => commands,
    memberships: () => memberships,
    exchanged: () => exchanged,
    aside: () => aside,
    command: (text, change) => {
      const named = meantServer(text);
      if ('refused' in named) return named.refused;
      const { server } = named;
      commands = commandServer(commands, server, change, director, wallClock());
      keep();
      const given = commands.get(server);
      if (given !== undefined)
        log(
          'info',
          { process: 'director', subject: server, event: 'server-command' },
          `by command: ${describe(given)}`,
        );
      onCommands('here', exchanged);
      return undefined;
    },
    meantServer,
    meant,
    standAside: (router, isAside) => {
      const named = meant(router);
      if (typeof named === 'string') return named;
      aside = isAside
        ? [...new Set([...aside, ...named])]
        : aside.filter((name) => router !== undefined && !named.includes(name));
      keep();
      for (const name of named) {
        const text = isAside ? 'handed over; it stands aside until resume' : 'resumed; it takes part again';
        log('info', { process: 'director', subject: name, event: 'router-command' }, `by command: ${text}`);
      }
      onAside();
      return undefined;
    },
    changeMembership: (change) => {
      memberships = changeMembership(memberships, change, director, wallClock());
      keep();
      const text = `by command: ${describeMembership(change)}`;
      log('info', { process: 'director', subject: change.server, event: 'server-membership' }, text);
      onCommands('here', exchanged);
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
    takeFromPeer: (from, others, otherMemberships = []) => {
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
      onCommands('peer', exchanged);
    },
    forgetHandover: (router) => {
      if (!aside.includes(router)) return;
      aside = aside.filter((name) => name !== router);
      keep();
    },
  };
};
