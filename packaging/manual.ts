// The manual pages: regent(8) from the commands themselves, regent.yaml(5) from the validator's schema.

import type { Argument, Command, Option } from 'commander';
import { program } from '../cli/command-line.ts';
import { describeSections, type KeyEntry } from '../config/pages/reference.ts';
import { configurationExamples } from './manual-examples.ts';
import { bold, entry, example, heading, italic, paragraph, subheading, text, title } from './roff.ts';

const inBrackets = (word: string, isRequired: boolean): string => (isRequired ? word : `[${word}]`);

const argument = (own: Argument): string => inBrackets(italic(own.name()), own.required);

/** `\fB-c\fR, \fB--config\fR \fIfile\fR`. */
const option = ({ short, long, flags }: Option): string => {
  const value = /[<[]([^>\]]+)/.exec(flags)?.[1];
  const names = [short ?? [], long ?? []].flat().map(bold).join(', ');
  return value === undefined ? names : `${names} ${italic(value)}`;
};

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

/** What it means, the words that it may be, and what it is without being given. */
const meaningOf = ({ description, argChoices, defaultValue }: Argument | Option): string => {
  const facts = [
    ...(argChoices === undefined ? [] : [argChoices.join(', ')]),
    ...(defaultValue === undefined ? [] : [`default: ${String(defaultValue)}`]),
  ];
  return sentence(`${description}${facts.length === 0 ? '' : ` (${facts.join('; ')})`}`);
};

const commandEntries = (command: Command, path: readonly string[]): string => {
  const words = [...path, command.name()];
  if (command.commands.length > 0) return command.commands.map((child) => commandEntries(child, words)).join('');
  const own = command.registeredArguments;
  const term = [bold(words.join(' ')), ...own.map(argument), ...(command.options.length > 0 ? ['[options]'] : [])].join(
    ' ',
  );
  const details = [
    ...own.filter(({ description }) => description !== '').map((item) => [argument(item), meaningOf(item)] as const),
    ...command.options.map((item) => [option(item), meaningOf(item)] as const),
  ];
  const list = details.map(([name, meaning]) => entry(name, text(meaning))).join('');
  const inner = details.length === 0 ? '' : `.RS\n${list}.RE\n`;
  return entry(term, `${text(sentence(command.description()))}`) + inner;
};

const exitCodes: readonly [string, string][] = [
  ['0', 'It is done.'],
  ['1', 'It was refused, or failed.'],
  ['2', 'Wrong usage, or an invalid configuration.'],
  ['3', 'There is no director at the socket.'],
];
const signals: readonly [string, string][] = [
  ['SIGTERM, SIGINT', 'Hands mastership over without a gap, removes everything it added, and exits.'],
  [
    'SIGUSR2',
    'Makes room for the next controller: mastership, addresses and IPVS stay for `hold` (10 s), and are given up if none comes.',
  ],
  ['SIGHUP', 'Applies the changed configuration as a whole, or refuses it.'],
];
const files: readonly [string, string][] = [
  ['/etc/regent/regent.yaml', 'The configuration: regent.yaml(5).'],
  [
    '/run/regent/control.sock',
    'The control socket, for root and the group regent; HTTP, described by control-api.yaml.',
  ],
  [
    '/var/lib/regent/',
    'State that survives a restart: the journal of events, commands of operators, and the record of its kernel entries.',
  ],
  ['/var/log/regent/', 'Log files, under the systemd unit.'],
];
const environment: readonly [string, string][] = [
  ['RUNTIME_DIRECTORY', 'Folder of the sockets, instead of /run/regent.'],
  ['STATE_DIRECTORY', 'Folder of the state, instead of /var/lib/regent.'],
  ['NOTIFY_SOCKET, WATCHDOG_USEC', 'Set by systemd, for readiness and watchdog (sd_notify(3)).'],
];

const examples: readonly [string, string][] = [
  [
    'The files of a new pair, whose first director is master:',
    'regent init --director lb0=192.168.55.11 lb1=192.168.55.12 \\\n  --address 192.168.55.100 --interface eth0 --server rs0=192.168.66.111:80',
  ],
  ['Show what a changed file would cost, and apply it:', 'regent check && regent plan\nregent reload'],
  ['Maintenance of a real server:', 'regent drain rs0 --until-idle --max 10m\nregent undrain rs0'],
  [
    'Add a real server on both directors, until their files name it:',
    'regent server add web 192.168.66.113:80 --weight 100',
  ],
  ['Maintenance of this director, while clients are served:', 'regent handover\nregent resume'],
  ['Why a router is backup, and what happened in the last hour:', 'regent why router vip\nregent events --since 1h'],
  ['A probe for other programs: 0 only while this host is master and well:', 'regent health --master vip'],
];

/** A heading begins the first paragraph. */
const inExamples = (rows: readonly (readonly [meaning: string, lines: string])[]): string =>
  rows
    .map(([meaning, lines], index) => (index === 0 ? `${text(meaning)}\n` : paragraph(text(meaning))) + example(lines))
    .join('');

const list = (rows: readonly [string, string][]): string =>
  rows.map(([term, meaning]) => entry(bold(term), text(meaning))).join('');

/** regent(8). */
export const writeCommandManual = (version: string): string =>
  [
    title('regent', 8, version),
    heading('name'),
    text('regent - keeps services reachable: VRRP, virtual IPs, health checks and IPVS'),
    '\n',
    heading('synopsis'),
    `${bold('regent')} [${bold('--socket')} ${italic('path')}] ${italic('command')} [${italic('argument')} ...]\n`,
    heading('description'),
    text(
      'Two directors elect a master by VRRP; the master holds the virtual addresses. Both check the real servers and keep the IPVS table of the kernel in line with what is healthy. `regent run` is the director; the other commands operate the director of this host through its control socket.',
    ),
    '\n',
    heading('commands'),
    program.commands.map((command) => commandEntries(command, [])).join(''),
    heading('examples'),
    inExamples(examples),
    heading('options'),
    program.options.map((item) => entry(option(item), text(meaningOf(item)))).join(''),
    heading('signals'),
    list(signals),
    heading('exit status'),
    list(exitCodes),
    heading('files'),
    list(files),
    heading('environment'),
    list(environment),
    heading('see also'),
    `${bold('regent.yaml')}(5), ${bold('systemctl')}(1), ${bold('ipvsadm')}(8), ${bold('nft')}(8)\n`,
    paragraph(text('/usr/share/doc/regent holds the guides: install.md, operations.md, keepalived.md, monitoring.')),
  ].join('');

const stop = (words: string): string => (/[.!?]$/.test(words) ? words : `${words}.`);

const keyEntry = ({ key, meaning, unit, bounds, default: initial, example: sample }: KeyEntry): string => {
  const facts = [
    ...(unit === '' ? [] : [unit]),
    ...(bounds === '' ? [] : [bounds]),
    ...(initial === '' ? [] : [initial === 'required' ? 'required' : `default: ${initial}`]),
    ...(sample === '' ? [] : [`example: ${sample}`]),
  ].join('; ');
  const lines = [...(meaning === '' ? [] : [text(stop(meaning))]), ...(facts === '' ? [] : [text(`${facts}.`)])];
  return entry(bold(key), lines.join('\n.br\n'));
};

/** regent.yaml(5). */
export const writeConfigurationManual = (version: string): string =>
  [
    title('regent.yaml', 5, version),
    heading('name'),
    text('regent.yaml - configuration of a director of regent(8)'),
    '\n',
    heading('description'),
    text(
      'YAML 1.2. `regent check FILE` lists the mistakes with their places, and `regent plan -c FILE` shows what a change would do. A configuration is applied as a whole or not at all. Durations are a number and a unit: 500ms, 1.5s, 2m, 1h. A path with [] stands for each entry of a list.',
    ),
    '\n',
    ...describeSections().map(({ path, meaning, keys }) =>
      [
        path === '' ? heading('the file itself') : subheading(path),
        meaning === '' ? '' : `${text(meaning)}\n`,
        ...keys.map(keyEntry),
      ].join(''),
    ),
    heading('examples'),
    inExamples(configurationExamples),
    heading('see also'),
    `${bold('regent')}(8)\n`,
  ].join('');
