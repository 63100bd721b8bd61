// Shell completion, written from the commands themselves.

import type { Argument, Command, Option } from 'commander';

/** Possible completions: words, or file names. */
type Candidates = { readonly words: readonly string[]; readonly files: boolean };

const takesFile = (name: string): boolean => /^(file|path|source)/.test(name);

const ofArgument = (argument: Argument): Candidates => ({
  words: argument.argChoices ?? [],
  files: takesFile(argument.name()),
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
  };
};

const writeBash = (program: Command): string => {
  const name = program.name();
  const commands = walk(program);
  const withValue = commands.flatMap(({ command }) =>
    command.options.filter((option) => option.required || option.optional),
  );
  const flagsWithValue = (isFile: boolean): string => {
    const flags = withValue
      .filter((option) => takesFile(valueName(option) ?? '') === isFile)
      .flatMap(({ short, long }) => [short ?? [], long ?? []].flat());
    return [...new Set(flags)].join(' | ');
  };
  const choices = withValue
    .filter(({ argChoices }) => argChoices !== undefined)
    .map(
      ({ long, argChoices = [] }) =>
        `    ${long}) mapfile -t COMPREPLY < <(compgen -W '${argChoices.join(' ')}' -- "$current"); return ;;`,
    );
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => `'${path.join(' ')}'`);
  const cases = commands.map(({ command, path }) => {
    const { words, files } = candidatesOf(command);
    return `    '${path.join(' ')}') words='${words.join(' ')}' files=${files ? 'yes' : 'no'} ;;`;
  });
  return `# bash completion for ${name}(8), made by \`${name} completion bash\`.
_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} path= word words= files=no
  COMPREPLY=()
  case $previous in
    ${flagsWithValue(true)}) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
${choices.join('\n')}
    ${flagsWithValue(false)}) return ;;
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path\${path:+ }$word" in
      ${paths.join(' | ')}) path="$path\${path:+ }$word" ;;
    esac
  done
  case $path in
${cases.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [ "$files" = yes ]; then mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current"); fi
}
complete -o filenames -F _${name} ${name}
`;
};

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
/** A description in brackets, with colons and brackets escaped. */
const describe = (text: string): string => text.replaceAll(/[[\]:]/g, (letter) => `\\${letter}`);

const zshOption = (option: Option): string => {
  const { short, long, description } = option;
  const value = valueName(option);
  const rest = `[${describe(description)}]${value === undefined ? '' : `:${value}:${option.argChoices === undefined ? (takesFile(value) ? '_files' : '') : `(${option.argChoices.join(' ')})`}`}`;
  const flags = [short ?? [], long ?? []].flat();
  return flags.length === 1
    ? quote(`${flags[0]}${rest}`)
    : `${quote(`(${flags.join(' ')})`)}{${flags.join(',')}}${quote(rest)}`;
};

const zshArgument = (argument: Argument, index: number): string => {
  const { words, files } = ofArgument(argument);
  const action = words.length > 0 ? `(${words.join(' ')})` : files ? '_files' : '';
  return quote(
    `${index + 1}${argument.required ? '' : ':'}:${describe(argument.description || argument.name())}:${action}`,
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
_${name}() {
  local -a commands
  local context state line
${zshBody(program, '  ')}}
_${name} "$@"
`;
};

export const writeCompletion = (program: Command, shell: 'bash' | 'zsh'): string =>
  shell === 'bash' ? writeBash(program) : writeZsh(program);
