// Brings machines up, as many at once as there are processors for them; a machine that fails is brought up once more, which is reported.

import { messageOf } from '../../base/error.ts';
import type { HostName } from '../topology.ts';
import { type Vagrant, VagrantFailure } from './vagrant.ts';

/** Brings machines up, or boots those that are halted. @throws when one fails twice. */
export type BringUp = (names: readonly HostName[]) => Promise<void>;

export type BringUpOptions = {
  /** How many machines may boot at once. */
  readonly atOnce: number;
  /** Called when a machine failed and is brought up once more, with Vagrant's reason. */
  readonly onSecondTry: (name: HostName, reason: string) => void;
};

type Failure = { readonly name: HostName; readonly reason: string };

/** What Vagrant says of a machine that failed beside others. */
const complaint = /executing the action on the\s+'([^']+)'\s+machine\.[^:]*:\s+(.*)/g;

/** The machines among those that were asked for that failed, by what `vagrant up` said; all, when it names none. */
export const failuresIn = (said: string, asked: readonly HostName[]): readonly Failure[] => {
  const reasons = new Map([...said.matchAll(complaint)].map(([, name = '', reason = '']) => [name, reason]));
  const failed = asked.filter((name) => reasons.has(name));
  const last = said.trimEnd().split('\n').at(-1) ?? '';
  return (failed.length === 0 ? asked : failed).map((name) => ({ name, reason: reasons.get(name) ?? last }));
};

const groupsOf = (names: readonly HostName[], size: number): HostName[][] =>
  Array.from({ length: Math.ceil(names.length / size) }, (_, group) => names.slice(group * size, (group + 1) * size));

export const bringUpBy =
  (vagrant: Vagrant, { atOnce, onSecondTry }: BringUpOptions): BringUp =>
  async (names) => {
    for (const group of groupsOf(names, atOnce)) {
      try {
        await vagrant('up', ...group);
      } catch (error) {
        const said = error instanceof VagrantFailure ? error.said : messageOf(error);
        for (const { name, reason } of failuresIn(said, group)) {
          onSecondTry(name, reason);
          // It may be in any state; a machine that does not exist cannot be halted.
          await vagrant('halt', '--force', name).catch(() => {});
          await vagrant('up', '--provision', name);
        }
      }
    }
  };
