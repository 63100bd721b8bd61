// Completion for fish. Pure.

import type { Command } from 'commander';
import { namesOf, subcommands, takesFile, valueName, walk } from './completion-candidates.ts';

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

export const writeFish = (program: Command): string => {
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
