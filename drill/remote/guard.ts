// A fault on another host, with a watchdog there: the host undoes it on request, when the connection ends (this process was
// killed, or the network is gone), or after a time limit, whichever comes first.

import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Script } from '../faults/impairment.ts';
import type { Reach } from './ssh.ts';

export type Guarded = {
  /** When it was done, by the host's clock. */
  readonly at: number;
  /** Undoes it; resolves once it is undone. */
  readonly undo: () => Promise<void>;
};

/** @param limit in seconds. */
export const guardScript = ({ apply, undo }: Script, limit: number): string => `trap '' HUP INT TERM PIPE
undo() { ( ${undo}
) >/dev/null 2>&1; }
at=$EPOCHREALTIME
( set -e
${apply}
) >/dev/null
# Not as a condition: there the shell would go on after a command that failed.
if [ $? != 0 ]; then undo; exit 1; fi
echo "done $at"
read -r -t ${limit} _
undo
echo undone`;

/** @param limit the longest that the fault may last, in milliseconds. @throws if it cannot be done. */
export const guard = async (reach: Reach, host: string, script: Script, limit: number): Promise<Guarded> => {
  const child = reach(host, guardScript(script, Math.ceil(limit / 1000)));
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  child.stdin?.on('error', () => {});
  const ended = once(child, 'close');
  if (child.stdout === null) throw new Error('unreachable');
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([once(lines, 'line'), ended.then(() => [''])])) as [string];
  const at = Number(/^done (\S+)/.exec(line)?.[1]?.replace(',', '.')) * 1000;
  if (!Number.isFinite(at)) throw new Error(`Cannot do this on ${host}: ${errors.trim() || 'ssh ended'}`);
  return {
    at,
    undo: async () => {
      child.stdin?.end('\n');
      await ended;
    },
  };
};
