// Operators' commands on disk: they outlive a restart of the controller and of the host.

import { messageOf } from '../../base/error.ts';
import { type Disk, openKeptFile } from '../../base/kept-file.ts';
import { type Commands, mergeCommands, parseKnownCommands } from './commands.ts';
import { type Memberships, mergeMemberships } from './memberships.ts';

export type OperatorState = {
  readonly commands: Commands;
  readonly memberships: Memberships;
  /** Routers that were handed over and not resumed yet. */
  readonly aside: readonly string[];
};

export type OperatorStateFile = {
  readonly found: OperatorState;
  /** Why the file could not be read; it then counts as empty. */
  readonly damage: string | undefined;
  /** Writes now, or as soon as the disk lets it. */
  readonly write: (state: OperatorState) => void;
};

/** What only a newer build understands: kept when the file is written. */
type Others = { readonly commands: readonly unknown[]; readonly fields: Readonly<Record<string, unknown>> };
type Parsed = { readonly found: OperatorState; readonly others: Others };

const nothing: Parsed = {
  found: { commands: new Map(), memberships: new Map(), aside: [] },
  others: { commands: [], fields: {} },
};

const parse = (text: string): Parsed => {
  const value: unknown = JSON.parse(text);
  const { commands, aside, ...fields } = (value ?? {}) as { commands?: unknown; aside?: unknown };
  const parsed = parseKnownCommands(commands);
  if (parsed === undefined || !Array.isArray(aside)) throw new Error('it is not a record of commands');
  return {
    found: {
      commands: mergeCommands(new Map(), parsed.known),
      memberships: mergeMemberships(new Map(), parsed.memberships),
      aside: aside.map(String),
    },
    others: { commands: parsed.others, fields },
  };
};

/** @param onFault called with the reason when writing begins to fail, and without one when it works again */
export const openOperatorState = (
  path: string,
  onFault?: (why: string | undefined) => void,
  disk?: Disk,
): OperatorStateFile => {
  const file = openKeptFile(path, onFault, disk);
  let { found, others } = nothing;
  let why = file.damage;
  try {
    if (file.text !== undefined) ({ found, others } = parse(file.text));
  } catch (error) {
    why = messageOf(error);
  }
  return {
    found,
    damage:
      why === undefined
        ? undefined
        : `Cannot read ${path}: ${why}; ${file.keepAside()}; no earlier command is in force`,
    write: ({ commands, memberships, aside }) => {
      const all = [...commands.values(), ...memberships.values(), ...others.commands];
      file.write(`${JSON.stringify({ ...others.fields, commands: all, aside })}\n`);
    },
  };
};
