// What operators commanded of the real servers: a table that directors merge, in which the latest command of a server wins. Pure.

import { spellEndpoint } from '../../net/endpoint.ts';

export type ServerCommand = {
  readonly server: string;
  readonly drained: boolean;
  /** In place of the configured weight; absent where that one counts. */
  readonly weight?: number;
  /**
   * Orders the commands of all directors: wall time in milliseconds, or one more than the latest that was known where the
   * clock lags behind. So a director that has lost its state does not give commands that lose against older ones.
   */
  readonly revision: number;
  /** The director that was given it, and when by its clock, in milliseconds since the epoch. */
  readonly by: string;
  readonly at: number;
};

export type Commands = ReadonlyMap<string, ServerCommand>;

/** Names come from peers too: what is remembered of them is bounded. */
const remembered = 10_000;

export const isInForce = ({ drained, weight }: Pick<ServerCommand, 'drained' | 'weight'>): boolean =>
  drained || weight !== undefined;

const isLater = (a: ServerCommand, b: ServerCommand): boolean =>
  a.revision !== b.revision ? a.revision > b.revision : JSON.stringify(a) > JSON.stringify(b);

/** Newest first, those that are in force before those that say that nothing is. */
const bound = (commands: Commands): Commands =>
  commands.size <= remembered
    ? commands
    : new Map(
        [...commands]
          .sort(([, a], [, b]) => Number(isInForce(b)) - Number(isInForce(a)) || b.revision - a.revision)
          .slice(0, remembered),
      );

export type CommandChange = { readonly drained?: boolean; readonly weight?: number | 'as configured' };

export const commandServer = (
  commands: Commands,
  server: string,
  change: CommandChange,
  by: string,
  at: number,
): Commands => {
  const before = commands.get(server);
  const latest = Math.max(0, ...[...commands.values()].map(({ revision }) => revision));
  const weight = change.weight ?? before?.weight;
  return bound(
    new Map(commands).set(server, {
      server,
      drained: change.drained ?? before?.drained ?? false,
      ...(typeof weight === 'number' && { weight }),
      revision: Math.max(at, latest + 1),
      by,
      at,
    }),
  );
};

/** Merging twice, in another order or in other groups comes to the same. */
export const mergeCommands = (own: Commands, others: Iterable<ServerCommand>): Commands => {
  const merged = new Map(own);
  for (const command of others) {
    const known = merged.get(command.server);
    if (known === undefined || isLater(command, known)) merged.set(command.server, command);
  }
  return bound(merged);
};

/** Those of `after` that are not in `before`. */
export const newCommands = (before: Commands, after: Commands): ServerCommand[] =>
  [...after.values()].filter((command) => {
    const known = before.get(command.server);
    return known === undefined || isLater(command, known);
  });

const isCommand = (value: unknown): value is ServerCommand =>
  typeof value === 'object' &&
  value !== null &&
  'server' in value &&
  typeof value.server === 'string' &&
  value.server.length <= 300 &&
  'drained' in value &&
  typeof value.drained === 'boolean' &&
  (!('weight' in value) ||
    (typeof value.weight === 'number' &&
      Number.isInteger(value.weight) &&
      value.weight >= 0 &&
      value.weight <= 65_535)) &&
  'revision' in value &&
  Number.isSafeInteger(value.revision) &&
  'by' in value &&
  typeof value.by === 'string' &&
  'at' in value &&
  typeof value.at === 'number';

/** @returns undefined when it is no list of commands. */
export const parseCommands = (value: unknown): readonly ServerCommand[] | undefined =>
  Array.isArray(value) && value.every(isCommand)
    ? value.map((command) => ({ ...command, server: spellEndpoint(command.server) }))
    : undefined;
