// Operators' commands on disk: they outlive a restart of the controller and of the host.

import { readFileSync } from 'node:fs';
import { messageOf } from '../../base/error.ts';
import { replaceFile } from '../../base/whole-file.ts';
import { type Commands, mergeCommands, parseCommands } from './commands.ts';

export type OperatorState = {
  readonly commands: Commands;
  /** Routers that were handed over and not resumed yet. */
  readonly aside: readonly string[];
};

export type OperatorStateFile = {
  readonly found: OperatorState;
  /** Why the file could not be read; it then counts as empty. */
  readonly damage: string | undefined;
  /** @throws Error of fs */
  readonly write: (state: OperatorState) => void;
};

const nothing: OperatorState = { commands: new Map(), aside: [] };

const parse = (text: string): OperatorState => {
  const value: unknown = JSON.parse(text);
  const { commands, aside } = value as { commands?: unknown; aside?: unknown };
  const parsed = parseCommands(commands);
  if (parsed === undefined || !Array.isArray(aside)) throw new Error('it is no record of commands');
  return { commands: mergeCommands(new Map(), parsed), aside: aside.map(String) };
};

const read = (path: string): Pick<OperatorStateFile, 'found' | 'damage'> => {
  try {
    return { found: parse(readFileSync(path, 'utf8')), damage: undefined };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { found: nothing, damage: undefined };
    }
    const why = messageOf(error);
    return {
      found: nothing,
      damage: `Cannot read ${path}: ${why}; no drain, weight or handover by command is in force`,
    };
  }
};

export const openOperatorState = (path: string): OperatorStateFile => ({
  ...read(path),
  write: ({ commands, aside }) =>
    replaceFile(
      path,
      `${JSON.stringify({ commands: [...commands.values()], aside })}
`,
    ),
});
