// What may follow each word of a command line: words, files, or names that the director knows. Pure.

import type { Argument, Command, Option } from 'commander';

/** What the running director is asked for. */
type Named = 'routers' | 'servers' | 'services' | 'anycast';

/** Possible completions: words, file names, or names that the director knows. */
type Candidates = { readonly words: readonly string[]; readonly files: boolean; readonly names: readonly Named[] };

export const takesFile = (name: string): boolean => /^(file|path|source|folder)/.test(name);

/** An argument or value is named for what it takes. */
export const named: Readonly<Record<string, readonly Named[]>> = {
  router: ['routers'],
  server: ['servers'],
  service: ['services'],
  anycast: ['anycast'],
  'router-or-anycast': ['routers', 'anycast'],
};
export const namesOf = (name: string): readonly Named[] => named[name] ?? [];

const ofArgument = (argument: Argument): Candidates => ({
  words: argument.argChoices ?? [],
  files: takesFile(argument.name()),
  names: namesOf(argument.name()),
});

export const valueName = ({ flags }: Option): string | undefined => /[<[](\w+)/.exec(flags)?.[1];

const flagsOf = (command: Command): string[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ short, long }) => [short ?? [], long ?? []].flat());

export const subcommands = (command: Command): readonly Command[] => command.commands;

/** Every command with the words that lead to it, the program itself first. */
export const walk = (
  command: Command,
  path: readonly string[] = [],
): { command: Command; path: readonly string[] }[] => [
  { command, path },
  ...subcommands(command).flatMap((child) => walk(child, [...path, child.name()])),
];

export const candidatesOf = (command: Command): Candidates => {
  const all = command.registeredArguments.map(ofArgument);
  return {
    words: [
      ...subcommands(command).map((child) => child.name()),
      ...all.flatMap(({ words }) => words),
      ...flagsOf(command),
    ],
    files: all.some(({ files }) => files),
    names: [...new Set(all.flatMap(({ names }) => names))],
  };
};
