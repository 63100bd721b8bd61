// The disk with an operator's commands: it may refuse every write, and what it has may be damaged while no controller runs.

import type { Disk } from '../../base/kept-file.ts';
import { type Operator, openOperator } from '../../controller/operator/operator.ts';
import { openOperatorState } from '../../controller/operator/state.ts';

export type OperatorDisk = {
  /** Opens the commands as a controller does at its start. */
  readonly open: (now: number) => Operator;
  readonly fill: (isFull: boolean) => void;
  readonly isFull: () => boolean;
  /** Does what waits for the disk. */
  readonly retry: () => void;
  /** The controller has died: nothing is written any more. */
  readonly abandon: () => void;
  readonly damage: (text: string) => void;
  readonly isDamaged: () => boolean;
  /** The damaged text is there under another name. */
  readonly hasCopy: () => boolean;
  /** Whether the last controller that began said that it could not read the file. */
  readonly wasToldOfDamage: () => boolean;
};

const path = 'operator.json';

export const playOperatorDisk = (): OperatorDisk => {
  const files = new Map<string, string>();
  let isFull = false;
  let damaged: string | undefined;
  let told = false;
  let waiting: (() => void) | undefined;
  const refuse = (): void => {
    if (isFull) throw new Error('ENOSPC: no space left on device');
  };
  const disk: Disk = {
    read: (name) => files.get(name),
    keepAside: (name) => {
      refuse();
      files.set(`${name}.damaged`, files.get(name) ?? '');
      files.delete(name);
    },
    replace: (name, text) => {
      refuse();
      files.set(name, text);
      damaged = undefined;
    },
    after: (_, call) => {
      waiting = call;
      return () => {
        waiting = undefined;
      };
    },
  };

  return {
    open: (now) => {
      let count = now;
      const file = openOperatorState(path, undefined, disk);
      told = file.damage !== undefined;
      return openOperator({
        director: 'lb0',
        file,
        wallClock: () => {
          count += 1;
          return count;
        },
        report: () => undefined,
        log: () => undefined,
      });
    },
    fill: (wanted) => {
      isFull = wanted;
    },
    isFull: () => isFull,
    retry: () => waiting?.(),
    abandon: () => {
      waiting = undefined;
    },
    damage: (text) => {
      files.set(path, text);
      damaged = text;
    },
    isDamaged: () => damaged !== undefined && files.get(path) === damaged,
    hasCopy: () => files.get(`${path}.damaged`) === damaged,
    wasToldOfDamage: () => told,
  };
};
