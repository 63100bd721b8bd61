// Operators' commands for real servers: a table that directors merge; the latest command of a server wins. Pure.

import { harmlessText } from '../../base/harmless-text.ts';
import { spellEndpoint } from '../../net/endpoint.ts';
import { type Membership, parseMembership } from './memberships.ts';

export type ServerCommand = {
  readonly server: string;
  readonly drained: boolean;
  /** In place of the configured weight; absent where the configured weight counts. */
  readonly weight?: number;
  /**
   * Orders the commands of all directors: wall time in milliseconds, or the latest known revision plus one where the clock lags
   * behind. So commands of a director that has lost its state do not lose against older ones.
   */
  readonly revision: number;
  /** The director that received it, and when by its clock, in milliseconds since the epoch. */
  readonly by: string;
  readonly at: number;
};

export type Commands = ReadonlyMap<string, ServerCommand>;

/** Bounded, because names come from peers too. */
const remembered = 10_000;

export const isInForce = ({ drained, weight }: Pick<ServerCommand, 'drained' | 'weight'>): boolean =>
  drained || weight !== undefined;

const isLater = (a: ServerCommand, b: ServerCommand): boolean =>
  a.revision !== b.revision ? a.revision > b.revision : JSON.stringify(a) > JSON.stringify(b);

/** Newest first; commands in force before clearing ones. */
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

/** Idempotent, and independent of order and grouping. */
export const mergeCommands = (own: Commands, others: Iterable<ServerCommand>): Commands => {
  const merged = new Map(own);
  for (const command of others) {
    const known = merged.get(command.server);
    if (known === undefined || isLater(command, known)) merged.set(command.server, command);
  }
  return bound(merged);
};

/** The commands of `after` that are not in `before`. */
export const newCommands = (before: Commands, after: Commands): ServerCommand[] =>
  [...after.values()].filter((command) => {
    const known = before.get(command.server);
    return known === undefined || isLater(command, known);
  });

/** A whole number of milliseconds that a Date can hold, so that a later revision can follow it. */
const isTime = (value: unknown): value is number => Number.isInteger(value) && Math.abs(Number(value)) <= 8.64e15;

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
  isTime(value.revision) &&
  'by' in value &&
  typeof value.by === 'string' &&
  'at' in value &&
  isTime(value.at);

/** A command of a kind: a membership, or what only a newer build understands. */
const isForeign = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string';

export type ParsedCommands = {
  readonly known: readonly ServerCommand[];
  readonly memberships: readonly Membership[];
  /** Those of a newer build, as they came. */
  readonly others: readonly unknown[];
};

/** @returns undefined when it is not a list of commands. */
export const parseKnownCommands = (value: unknown): ParsedCommands | undefined => {
  if (!Array.isArray(value)) return undefined;
  const [memberships, others]: [Membership[], unknown[]] = [[], []];
  for (const one of value.filter(isForeign)) {
    const membership = parseMembership(one);
    if (membership === undefined) others.push(one);
    else memberships.push(membership);
  }
  const known = value.filter((one) => !isForeign(one));
  if (!known.every(isCommand)) return undefined;
  return {
    memberships,
    known: known.map((command) => ({
      ...command,
      server: harmlessText(spellEndpoint(command.server)),
      by: harmlessText(command.by, 100),
    })),
    others,
  };
};

/** @returns the commands that this build knows; undefined when it is not a list of commands. */
export const parseCommands = (value: unknown): readonly ServerCommand[] | undefined => parseKnownCommands(value)?.known;
