// Shell completion, written from the commands themselves.

import type { Argument, Command, Option } from 'commander';

/** What the running director is asked for. */
type Named = 'routers' | 'servers' | 'services' | 'anycast';

/** Possible completions: words, file names, or names that the director knows. */
type Candidates = { readonly words: readonly string[]; readonly files: boolean; readonly names: readonly Named[] };

const takesFile = (name: string): boolean => /^(file|path|source|folder)/.test(name);

/** An argument or value is named for what it takes. */
const named: Readonly<Record<string, readonly Named[]>> = {
  router: ['routers'],
  server: ['servers'],
  service: ['services'],
  anycast: ['anycast'],
  'router-or-anycast': ['routers', 'anycast'],
};
const namesOf = (name: string): readonly Named[] => named[name] ?? [];

const ofArgument = (argument: Argument): Candidates => ({
  words: argument.argChoices ?? [],
  files: takesFile(argument.name()),
  names: namesOf(argument.name()),
});

const valueName = ({ flags }: Option): string | undefined => /[<[](\w+)/.exec(flags)?.[1];

const flagsOf = (command: Command): string[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ short, long }) => [short ?? [], long ?? []].flat());

const subcommands = (command: Command): readonly Command[] => command.commands;

/** Every command with the words that lead to it, the program itself first. */
const walk = (command: Command, path: readonly string[] = []): { command: Command; path: readonly string[] }[] => [
  { command, path },
  ...subcommands(command).flatMap((child) => walk(child, [...path, child.name()])),
];

const candidatesOf = (command: Command): Candidates => {
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

const writeBash = (program: Command): string => {
  const name = program.name();
  const commands = walk(program);
  const withValue = commands.flatMap(({ command }) =>
    command.options.filter((option) => option.required || option.optional),
  );
  const namedOptions = withValue.flatMap((option) =>
    namesOf(valueName(option) ?? '').map(
      (kind) => `    ${option.long}) _${name}_offer "$(${name} names ${kind} 2>/dev/null)"; return ;;`,
    ),
  );
  const flagsWithValue = (isFile: boolean): string => {
    const flags = withValue
      .filter((option) => takesFile(valueName(option) ?? '') === isFile)
      .flatMap(({ short, long }) => [short ?? [], long ?? []].flat());
    return [...new Set(flags)].join(' | ');
  };
  const choices = withValue
    .filter(({ argChoices }) => argChoices !== undefined)
    .map(({ long, argChoices = [] }) => `    ${long}) _${name}_offer '${argChoices.join(' ')}'; return ;;`);
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => `'${path.join(' ')}'`);
  const cases = commands.map(({ command, path }) => {
    const { words, files, names } = candidatesOf(command);
    return `    '${path.join(' ')}') words='${words.join(' ')}' files=${files ? 'yes' : 'no'} names='${names.join(' ')}' ;;`;
  });
  return `# bash completion for ${name}(8), made by \`${name} completion bash\`.
_${name}_offer() { mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$1" -- "$current"); }
# Only here, since a folder may have the name of a command.
_${name}_offer_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current")
}
_${name}_candidates() {
  local path= word words= files=no names=
  case $previous in
    ${flagsWithValue(true)}) _${name}_offer_files; return ;;
${[...new Set([...choices, ...namedOptions])].join('\n')}
    ${flagsWithValue(false)}) return ;;
  esac
  for word in "\${typed[@]:1:\${#typed[@]}-2}"; do
    case "$path\${path:+ }$word" in
      ${paths.join(' | ')}) path="$path\${path:+ }$word" ;;
    esac
  done
  case $path in
${cases.join('\n')}
  esac
  if [ -n "$names" ]; then words+=" $(${name} names $names 2>/dev/null)"; fi
  _${name}_offer "$words"
  if [ "$files" = yes ]; then _${name}_offer_files; fi
}
_${name}() {
  local line=\${COMP_LINE:0:COMP_POINT} current previous start
  local -a typed
  # By blanks alone: bash would split an address at its colons.
  read -ra typed <<<"$line"
  case $line in *[[:space:]]) typed+=('') ;; esac
  current=\${typed[-1]} previous=\${typed[-2]}
  case $current in --*=*) previous=\${current%%=*} current=\${current#*=} ;; esac
  COMPREPLY=()
  _${name}_candidates
  # What stands before the last colon is not replaced.
  case $COMP_WORDBREAKS$current in
    *:*:*)
      start=\${current%"\${current##*:}"}
      COMPREPLY=("\${COMPREPLY[@]#"$start"}")
      ;;
  esac
}
complete -F _${name} ${name}
`;
};

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
/** A description in brackets, with colons and brackets escaped. */
const describe = (text: string): string => text.replaceAll(/[[\]:]/g, (letter) => `\\${letter}`);

/** What zsh offers for a value: a function of the script's for names. */
const zshAction = (value: string, choices: readonly string[] | undefined): string => {
  if (choices !== undefined && choices.length > 0) return `(${choices.join(' ')})`;
  const kinds = namesOf(value);
  return kinds.length > 0 ? `_regent_${kinds.join('_')}` : takesFile(value) ? '_files' : '';
};

const zshOption = (option: Option): string => {
  const { short, long, description } = option;
  const value = valueName(option);
  const rest = `[${describe(description)}]${value === undefined ? '' : `:${value}:${zshAction(value, option.argChoices)}`}`;
  const flags = [short ?? [], long ?? []].flat();
  return flags.length === 1
    ? quote(`${flags[0]}${rest}`)
    : `${quote(`(${flags.join(' ')})`)}{${flags.join(',')}}${quote(rest)}`;
};

const zshArgument = (argument: Argument, index: number): string => {
  const action = zshAction(argument.name(), argument.argChoices);
  const place = argument.variadic ? '*' : `${index + 1}`;
  return quote(
    `${place}${argument.required || argument.variadic ? '' : ':'}:${describe(argument.description || argument.name())}:${action}`,
  );
};

const zshCommands = (command: Command): string =>
  subcommands(command)
    .map((child) => quote(`${child.name()}:${describe(child.description())}`))
    .join(' ');

/** The _arguments specification of one command; subcommands are completed first. */
const zshBody = (command: Command, indent: string): string => {
  const options = command.createHelp().visibleOptions(command).map(zshOption);
  if (subcommands(command).length === 0) {
    return `${indent}_arguments ${[...options, ...command.registeredArguments.map(zshArgument)].join(' ')}\n`;
  }
  const inner = `${indent}    `;
  const cases = subcommands(command).map(
    (child) => `${indent}  (${child.name()})\n${zshBody(child, inner)}${inner};;\n`,
  );
  return `${indent}_arguments -C ${options.join(' ')} '1: :->command' '*:: :->rest'
${indent}case $state in
${indent}(command) commands=(${zshCommands(command)}); _describe command commands ;;
${indent}(rest)
${indent}  case $words[1] in
${cases.join('')}${indent}  esac
${indent}  ;;
${indent}esac
`;
};

const writeZsh = (program: Command): string => {
  const name = program.name();
  return `#compdef ${name}
# zsh completion for ${name}(8), made by \`${name} completion zsh\`.
${Object.values(named)
  .map(
    (kinds) => `_${name}_${kinds.join('_')}() { compadd -- \${(f)"$(${name} names ${kinds.join(' ')} 2>/dev/null)"} }`,
  )
  .join('\n')}
_${name}() {
  local -a commands
  local context state line
${zshBody(program, '  ')}}
_${name} "$@"
`;
};

const fishQuote = (text: string): string => `'${text.replaceAll(/[\\']/g, (letter) => `\\${letter}`)}'`;

/** What fish offers for a value: words, names that the director knows, or files. */
const fishValue = (name: string, value: string, choices: readonly string[] | undefined): string => {
  if (choices !== undefined && choices.length > 0) return ` -a ${fishQuote(choices.join(' '))}`;
  const kinds = namesOf(value);
  if (kinds.length > 0) return ` -a ${fishQuote(`(${name} names ${kinds.join(' ')} 2>/dev/null)`)}`;
  return takesFile(value) ? ' -F' : '';
};

const fishLines = (name: string, command: Command, path: readonly string[]): string[] => {
  const begin = `complete -c ${name} -n ${fishQuote(`__${name}_at ${fishQuote(path.join(' '))}`)}`;
  const options = command.createHelp().visibleOptions(command);
  return [
    ...subcommands(command).map((child) => `${begin} -a ${child.name()} -d ${fishQuote(child.description())}`),
    ...command.registeredArguments.flatMap((argument) => {
      const value = fishValue(name, argument.name(), argument.argChoices);
      return value === '' ? [] : [`${begin}${value}`];
    }),
    ...options.map((option) => {
      const value = valueName(option);
      const flags = [option.long?.replace('--', ' -l ') ?? '', option.short?.replace('-', ' -s ') ?? ''].join('');
      const offered = value === undefined ? '' : fishValue(name, value, option.argChoices);
      // A value that is no file is never completed as one.
      const takes = value === undefined ? '' : `${offered === ' -F' ? ' -r' : ' -x'}${offered}`;
      return `${begin}${flags}${takes} -d ${fishQuote(option.description)}`;
    }),
  ];
};

const writeFish = (program: Command): string => {
  const name = program.name();
  const lines = walk(program).flatMap(({ command, path }) => fishLines(name, command, path));
  const paths = walk(program).flatMap(({ path }) => (path.length === 0 ? [] : [fishQuote(path.join(' '))]));
  return `# fish completion for ${name}(8), made by \`${name} completion fish\`.
# Whether the words before the cursor lead to this command.
function __${name}_at
    set -l path
    for word in (commandline -opc)[2..-1]
        set -l longer (string join -- ' ' $path $word)
        if contains -- $longer ${paths.join(' ')}
            set path $longer
        end
    end
    test "$path" = "$argv[1]"
end
complete -c ${name} -f
${lines.join('\n')}
`;
};

export const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

const writers: Readonly<Record<Shell, (program: Command) => string>> = {
  bash: writeBash,
  zsh: writeZsh,
  fish: writeFish,
};

export const writeCompletion = (program: Command, shell: Shell): string => writers[shell](program);
