// Operators' commands for real servers: a table that directors merge; the latest command of a server wins. Pure.

import { harmlessText } from '../../base/harmless-text.ts';
import { spellEndpoint } from '../../net/endpoint.ts';
import { type Membership, parseMembership } from './memberships.ts';
import { isTime, mergedTable } from './merged-table.ts';

export type ServerCommand = {
  readonly server: string;
  readonly drained: boolean;
  /** In place of the configured weight; absent where the configured weight counts. */
  readonly weight?: number;
  /** See {@link Revised}. */
  readonly revision: number;
  /** The director that received it, and when by its clock, in milliseconds since the epoch. */
  readonly by: string;
  readonly at: number;
};

export type Commands = ReadonlyMap<string, ServerCommand>;

export const isInForce = ({ drained, weight }: Pick<ServerCommand, 'drained' | 'weight'>): boolean =>
  drained || weight !== undefined;

const table = mergedTable<ServerCommand>({
  keyOf: ({ server }) => server,
  textOf: (command) => JSON.stringify(command),
  most: 10_000,
  // Commands in force before clearing ones.
  rankOf: (command) => Number(isInForce(command)),
});

export type CommandChange = { readonly drained?: boolean; readonly weight?: number | 'as configured' };

export const commandServer = (
  commands: Commands,
  server: string,
  change: CommandChange,
  by: string,
  at: number,
): Commands => {
  const before = commands.get(server);
  const weight = change.weight ?? before?.weight;
  return table.put(commands, {
    server,
    drained: change.drained ?? before?.drained ?? false,
    ...(typeof weight === 'number' && { weight }),
    revision: table.nextRevision(commands, at),
    by,
    at,
  });
};

export const mergeCommands = table.merge;

export const newCommands = table.newIn;

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
