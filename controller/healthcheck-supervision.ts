// Supervises the healthcheck process: starts it, tells it what to probe, and brings what it finds to the standings.

import { join } from 'node:path';
import type { FromHealthcheck, Target, ToHealthcheck } from '../healthcheck/messages.ts';
import { type Child, superviseChild } from './child.ts';
import type { Log } from './log.ts';
import { programOf } from './program.ts';

export type HealthcheckSupervision = {
  readonly pid: () => number | undefined;
  /** Sends the targets of the moment: those that stay keep their verdicts. */
  readonly configure: () => void;
  readonly stop: () => void;
  /** Lets the process go on for the next controller. */
  readonly release: () => void;
};

export type HealthcheckSupervisionOptions = {
  readonly runtimeDirectory: string;
  readonly targets: () => readonly Target[];
  readonly onMessage: (message: FromHealthcheck) => void;
  readonly log: Log;
};

export const superviseHealthcheck = ({
  runtimeDirectory,
  targets,
  onMessage,
  log,
}: HealthcheckSupervisionOptions): HealthcheckSupervision => {
  const configure = (): void => void child.send({ type: 'configure', targets: targets() });
  const child: Child<ToHealthcheck> = superviseChild<FromHealthcheck, ToHealthcheck>({
    socket: join(runtimeDirectory, 'healthcheck.sock'),
    command: [process.execPath, programOf('healthcheck')],
    onConnect: configure,
    onMessage,
    onLoss: (why) =>
      log('error', { process: 'health' }, `lost: ${why}; verdicts stay as they are, it is started again`),
  });
  return {
    pid: child.pid,
    configure,
    release: child.release,
    stop: () => {
      child.release();
      child.send({ type: 'stop' });
    },
  };
};
