// Completion for bash. Pure.

import type { Command } from 'commander';
import { candidatesOf, namesOf, takesFile, valueName, walk } from './completion-candidates.ts';

export const writeBash = (program: Command): string => {
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
