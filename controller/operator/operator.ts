// Operators' commands while the director runs: drains, weights and handovers. Kept on disk, and sent to the other directors.

import { messageOf } from '../../base/error.ts';
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
import type { OperatorStateFile } from './state.ts';

export type OperatorOptions = {
  readonly director: string;
  readonly file: OperatorStateFile;
  readonly servers: () => readonly string[];
  readonly routers: () => readonly string[];
  /** The routers of its sync group, itself included. */
  readonly groupOf: (router: string) => readonly string[];
  readonly wallClock: () => number;
  /** Called when commands changed, by hand or by a peer. */
  readonly onCommands: (origin: 'here' | 'peer') => void;
  readonly onAside: () => void;
  readonly log: Log;
};

/** Undefined when done, otherwise the reason for the refusal. */
type Refusal = string | undefined;

export type Operator = {
  readonly commands: () => Commands;
  readonly aside: () => readonly string[];
  /** @param server its name, or its address and port in any spelling. */
  readonly command: (server: string, change: CommandChange) => Refusal;
  /** The routers that a command concerns: the named router's sync group, or all; a string where there is no such router. */
  readonly meant: (router: string | undefined) => readonly string[] | string;
  /** @param router all routers where absent. */
  readonly standAside: (router: string | undefined, isAside: boolean) => Refusal;
  readonly hearPeer: (director: string, commands: readonly ServerCommand[]) => void;
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
    ? 'is drained: it gets no new connection until undrain'
    : `is drained no longer, and has ${weight === undefined ? 'its configured weight' : `weight ${weight} by command`}`;

export const openOperator = (options: OperatorOptions): Operator => {
  const { director, file, wallClock, onCommands, onAside, log } = options;
  let { commands, aside } = file.found;
  if (file.damage !== undefined) log('error', { process: 'director' }, file.damage);

  const keep = (): void => {
    try {
      file.write({ commands, aside });
    } catch (error) {
      const why = messageOf(error);
      log('error', { process: 'director' }, `commands are in force but will not outlive a restart: ${why}`);
    }
  };

  const meant = (router: string | undefined): readonly string[] | string => {
    if (router === undefined) return options.routers();
    return options.routers().includes(router)
      ? options.groupOf(router)
      : unknownName('router', router, options.routers());
  };

  return {
    commands: () => commands,
    aside: () => aside,
    command: (text, change) => {
      const server = spellEndpoint(text);
      if (!options.servers().includes(server)) return unknownName('real server', server, options.servers());
      commands = commandServer(commands, server, change, director, wallClock());
      keep();
      const given = commands.get(server);
      if (given !== undefined) log('info', { process: 'director', subject: server }, `by command: ${describe(given)}`);
      onCommands('here');
      return undefined;
    },
    meant,
    standAside: (router, isAside) => {
      const named = meant(router);
      if (typeof named === 'string') return named;
      aside = isAside
        ? [...new Set([...aside, ...named])]
        : aside.filter((name) => router !== undefined && !named.includes(name));
      keep();
      for (const name of named) {
        const text = isAside ? 'is handed over: it stands aside until resume' : 'is resumed: it takes part again';
        log('info', { process: 'director', subject: name }, `by command: ${text}`);
      }
      onAside();
      return undefined;
    },
    hearPeer: (from, others) => {
      const before = commands;
      const merged = mergeCommands(commands, others);
      const news = newCommands(before, merged);
      if (news.length === 0) return;
      commands = merged;
      keep();
      for (const command of news) {
        const text = `${from} tells of a command given to ${command.by}: ${describe(command)}`;
        log('info', { process: 'director', subject: command.server }, text);
      }
      onCommands('peer');
    },
    forgetHandover: (router) => {
      if (!aside.includes(router)) return;
      aside = aside.filter((name) => name !== router);
      keep();
    },
  };
};
