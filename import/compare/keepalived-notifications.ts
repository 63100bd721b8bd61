// How keepalived notifies of changes: scripts with their arguments, mail. Pure.

import { fieldOf, type Item } from './dump.ts';
import { commandText } from './facts.ts';

/** The words of a command; a redirection is the shell's. */
export const wordsOf = (text: string): string =>
  text.startsWith('<')
    ? commandText(['/bin/sh', '-c', text])
    : commandText([...text.matchAll(/'((?:[^'\\]|\\.)*)'/g)].map(([, word = '']) => word));

/** keepalived's names of the scripts of a state, and the state as its general script gets it. */
const states: readonly (readonly [field: string, script: string, state: string])[] = [
  ['when it is master, runs', 'Master', 'MASTER'],
  ['when it is backup, runs', 'Backup', 'BACKUP'],
  ['when it is in fault, runs', 'Fault', 'FAULT'],
  ['when it is stopped, runs', 'Stop', 'STOP'],
];

const scriptOf = (item: Item, name: string): string | undefined => {
  const text = fieldOf(item, `${name} state transition script`);
  return text === undefined ? undefined : wordsOf(text);
};

/** The scripts of each state in the order in which they run; none is a field that is absent. */
export const notificationFields = (
  item: Item,
  kind: 'INSTANCE' | 'GROUP',
  name: string,
): Record<string, string | undefined> => {
  const general = scriptOf(item, 'Generic');
  const priority = kind === 'GROUP' ? '0' : 'PRIORITY';
  const runs = states.map(([field, script, state]): [string, string | undefined] => {
    const own = scriptOf(item, script);
    const all = general === undefined ? undefined : `${general} ${kind} ${name} ${state} ${priority}`;
    const both = [own, all].filter((each) => each !== undefined).join(', then ');
    return [field, both === '' ? undefined : both];
  });
  return {
    ...Object.fromEntries(runs),
    'when it is deleted, runs': scriptOf(item, 'Deleted'),
    'when it hears a lower priority, runs': scriptOf(item, 'Master rx lower pri'),
    'notifies of priority changes': /^(true|yes)$/.test(fieldOf(item, 'Notify priority changes') ?? '')
      ? 'yes'
      : undefined,
  };
};

/** The script of a field such as `RS up notify script`. */
export const commandOf = (item: Item, field: string): string | undefined => {
  const text = fieldOf(item, field);
  return text === undefined ? undefined : wordsOf(text);
};
