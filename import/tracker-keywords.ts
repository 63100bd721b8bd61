// The keywords of named trackers, and their conversion.

import { originOf, scalar, vital } from './document.ts';
import { splitQuoted } from './lines.ts';
import {
  firstOnly,
  isRefusal,
  key,
  lost,
  needless,
  type Read,
  type Refusal,
  type Row,
  type Table,
  used,
  vitalKey,
} from './rows.ts';
import type { Finding, Statement } from './statement.ts';
import { bareAddress, exactNumber, secondsOf, wholeNumber, wholeSeconds, word, writeSeconds } from './values.ts';

const user =
  'programs run as the user that regent runs as: name another by sudo or setpriv in the command; keepalived removes the script where there is no such user';

export type Command = { readonly words: readonly string[] } | Refusal;

/** `</dev/tcp/…`: keepalived lets a shell open the file, and runs no program. */
const isOpening = ([first = '']: readonly string[]): boolean => /^<[ \t]*\//.test(first);

/**
 * A command as keepalived parses it: the first word or quoted string, which is split again into program and arguments. keepalived
 * ignores the rest of the line after `script` and `misc_path`.
 */
export const commandOf = ({ text }: Statement): Command => {
  const [first] = splitQuoted(text) ?? [];
  const words = first === undefined ? undefined : splitQuoted(first);
  if (words === undefined || words.length === 0) return { refused: 'it names no program' };
  return { words: isOpening(words) ? ['/bin/sh', '-c', words.join(' ')] : words };
};

/** Reports what keepalived drops from a command that is not quoted as a whole. */
const judgeRest = ({ keyword, place, text }: Statement): Finding[] => {
  const [first = '', ...rest] = splitQuoted(text) ?? [];
  if (rest.length === 0) return [];
  const message = `keepalived runs "${first}" without "${rest.join(' ')}", and so does regent: quote the whole command`;
  return [{ kind: 'changed', keyword, place, message }];
};

/** Reports a program that keepalived would search in its PATH. */
export const judgeProgram = (statement: Statement): Finding[] => {
  if (statement.keyword !== 'script' && statement.keyword !== 'misc_path') return [];
  const command = commandOf(statement);
  const program = 'words' in command ? (command.words[0] ?? '') : '/';
  if (program.includes('/')) return judgeRest(statement);
  const { keyword, place } = statement;
  const message = `the program is called by its whole path, taken to be /usr/bin/${program}`;
  return [...judgeRest(statement), { kind: 'changed', keyword, place, message }];
};

/** Program and arguments; a program without a path is assumed in /usr/bin. */
export const readCommand: Read = (statement) => {
  const command = commandOf(statement);
  if ('refused' in command) return command;
  const origin = originOf(statement);
  const [program = '', ...rest] = command.words;
  const path = program.includes('/') ? program : `/usr/bin/${program}`;
  return [vital(scalar(path, origin)), ...rest.map((word) => scalar(word, origin))];
};

/** keepalived bounds no weight of a script. */
export const boundless = 2 ** 31 - 1;

/**
 * A weight, of which regent's largest is 253; `reverse` has no counterpart.
 * @param most keepalived's largest.
 */
export const readWeight =
  (most: number): Read =>
  (statement) => {
    const weight = wholeNumber(-most, most)(statement);
    if (isRefusal(weight) || weight === undefined) return weight;
    return Math.max(-253, Math.min(253, Number(weight)));
  };

const milliseconds: Read = (statement) => {
  const value = secondsOf(statement);
  return value === undefined ? { refused: 'expected a number of milliseconds' } : writeSeconds(value / 1000);
};

const address: Read = ({ words: [text = ''] }) => bareAddress(text) ?? { refused: `expected an address, not ${text}` };

/** The last part of a path, which is the kernel's name of a process. */
const programName: Read = ({ words: [path = ''] }) => path.replace(/^.*\//, '');

const weightRow = (standard: number, most: number): Row =>
  key('weight', 'weight', readWeight(most), `keepalived's default is ${standard}. \`reverse\` is not carried.`);

export const scriptKeywords: Table = {
  block: 'vrrp_script',
  into: 'vrrp.scripts',
  rows: [
    vitalKey('script', 'command', readCommand, 'Program and arguments; no shell reads them.'),
    key('interval', 'interval', wholeSeconds(1), 'Whole seconds, at least one; without it 1 s.'),
    key('timeout', 'timeout', wholeSeconds(1), 'Without it the interval, as in regent.'),
    weightRow(0, boundless),
    key('rise', 'rise', wholeNumber(1, 2 ** 31, 1000)),
    key('fall', 'fall', wholeNumber(1, 2 ** 31, 1000)),
    lost('user', user),
    needless('init_fail', 'a router waits for the first result of what it tracks'),
  ],
};

export const processKeywords: Table = {
  block: 'vrrp_track_process',
  into: 'vrrp.processes',
  rows: [
    firstOnly(vitalKey('process', 'process', programName, 'The name alone, without path and parameters.')),
    key('quorum', 'quorum', wholeNumber(1, 65_535)),
    firstOnly(weightRow(0, 254), 0),
    used('delay', 'track.down_delay', '`down_delay` and `up_delay`, written where the process is tracked.'),
    used('terminate_delay', 'track.down_delay', 'Written where the process is tracked.'),
    used('fork_delay', 'track.up_delay', 'Written where the process is tracked.'),
    lost('quorum_max', 'regent asks for enough processes, never for few: count them in a script'),
    lost('param_match', 'regent compares the name of the process alone: match arguments in a script, as with pgrep -f'),
    needless('full_command', 'regent compares the last part of the path of the program'),
  ],
};

export const fileKeywords: Table = {
  block: 'track_file',
  into: 'vrrp.files',
  rows: [
    firstOnly(vitalKey('file', 'path', word)),
    firstOnly(weightRow(1, 254), 1),
    needless('init_file', 'a file that is missing or empty holds 0'),
  ],
};

export const bfdKeywords: Table = {
  block: 'bfd_instance',
  into: 'vrrp.bfd',
  rows: [
    vitalKey('neighbor_ip neighbour_ip', 'peer', address),
    key('source_ip', 'source', address),
    key('min_rx', 'min_rx', milliseconds, "keepalived's default is 10 ms."),
    key('min_tx', 'min_tx', milliseconds, "keepalived's default is 10 ms."),
    key('multiplier', 'multiplier', exactNumber(1, 255), "keepalived's default is 5."),
    lost('idle_tx', 'a session that is down sends once a second'),
    lost('passive', 'both ends of a session send'),
    needless('ttl hoplimit', 'a session of one hop sends 255 and expects it (RFC 5881, section 5)'),
    lost('max_hops multihop', 'regent has sessions of one hop alone'),
    used('weight', 'track.weight', 'Written where the session is tracked.'),
    needless('vrrp checker', 'all that track the session are notified'),
  ],
};
