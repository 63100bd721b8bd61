// Completion for zsh. Pure.

import type { Argument, Command, Option } from 'commander';
import { named, namesOf, subcommands, takesFile, valueName } from './completion-candidates.ts';

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

export const writeZsh = (program: Command): string => {
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
