// How long the lab waits for a director to end.

import { until } from '../drill.ts';

/** How long a director may take to stop before it is killed, in milliseconds, as systemd does it by default. */
const stopLimit = 90_000;
export const killLimit = 20_000;

/** Waits until all of a director's processes have ended. @throws if one does not, though it is killed */
export const untilEnded = async (name: string, isEnded: () => boolean, kill: () => void): Promise<void> => {
  if (await until(isEnded, stopLimit)) return;
  kill();
  if (!(await until(isEnded, killLimit))) throw new Error(`${name} does not end`);
};
