// What a keepalived.conf uses on a host: its interfaces, programs and files. Pure.

import { dirname, isAbsolute, join, resolve } from 'node:path';
import { blockOf, type Statement } from '../statement.ts';
import { commandOf } from '../tracker-keywords.ts';
import { bareAddress } from '../values.ts';

export type Footprint = {
  readonly interfaces: readonly string[];
  /** Local addresses of BFD sessions, without which keepalived disables them. */
  readonly sources: readonly string[];
  /** Programs by path; a bare name is searched in PATH. */
  readonly programs: readonly string[];
  /** Directories of FIFOs and of files that it may write. */
  readonly directories: readonly string[];
  /** Whether it enters network namespaces of the host. */
  readonly hasNamespace: boolean;
};

const runs = /^(script|misc_path|quorum_(up|down)|notify(_\w+)?|\w*_script|process_exit)$/;
const pathLists = /^(\w*notify_fifo|file)$/;

const allOf = (statements: readonly Statement[]): readonly Statement[] =>
  statements.flatMap((statement) => [statement, ...allOf(blockOf(statement))]);

const afterWord = ({ keyword, words }: Statement, wanted: RegExp): readonly string[] => {
  const line = [keyword, ...words];
  return line.flatMap((word, index) =>
    wanted.test(word) && line[index + 1] !== undefined ? [line[index + 1] ?? ''] : [],
  );
};

const isFifo = ({ keyword }: Statement): boolean => /notify_fifo$/.test(keyword);

const interfacesOf = (statements: readonly Statement[]): readonly string[] =>
  statements.flatMap((statement): readonly string[] => {
    const { keyword, words } = statement;
    if (/^(interface|default_interface|lvs_sync_daemon|lvs_sync_daemon_interface)$/.test(keyword))
      return words.slice(0, 1);
    if (/^(track_interface|interface_up_down_delays|linkbeat_interfaces)$/.test(keyword))
      return blockOf(statement).map((line) => line.keyword);
    return /^(virtual|static)_(ip|routes|rules)/.test(keyword)
      ? blockOf(statement).flatMap((line) => afterWord(line, /^(dev|oif|iif)$/))
      : [];
  });

const isInterface = (name: string): boolean => /^(?!\.{1,2}$)[^\s/:{}$]{1,15}$/.test(name) && name !== 'lo';

/** Finds what a configuration uses. @param file its path, to which relative paths refer. */
export const footprintOf = (roots: readonly Statement[], file: string): Footprint => {
  const statements = allOf(roots);
  const home = dirname(resolve(file));
  const programs = statements.flatMap((statement) => {
    if (!runs.test(statement.keyword) || isFifo(statement)) return [];
    const command = commandOf(statement);
    const program = 'words' in command ? (command.words[0] ?? '') : '';
    if (program === '' || !/^[^\0\n]+$/.test(program)) return [];
    return [!program.includes('/') || isAbsolute(program) ? program : join(home, program)];
  });
  const written = statements.flatMap((statement) =>
    pathLists.test(statement.keyword) && statement.words[0]?.startsWith('/') ? [dirname(statement.words[0])] : [],
  );
  return {
    interfaces: [...new Set(interfacesOf(statements).filter(isInterface))],
    sources: [
      ...new Set(
        statements.flatMap(({ keyword, words }) => (keyword === 'source_ip' ? (bareAddress(words[0]) ?? []) : [])),
      ),
    ],
    programs: [...new Set(programs)],
    directories: [...new Set(written)],
    hasNamespace: statements.some(({ keyword }) => /^net_namespace(_ipvs)?$/.test(keyword)),
  };
};
