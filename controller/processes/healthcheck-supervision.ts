// Supervises the healthcheck process: starts it, sends its targets, and passes its verdicts to the standings.

import { join } from 'node:path';
import { createBus } from '../../base/bus.ts';
import { milliseconds } from '../../base/units.ts';
import { needsRawSocket } from '../../config/model/check-model.ts';
import {
  decodeFromHealthcheck,
  type FromHealthcheck,
  type Target,
  type ToHealthcheck,
} from '../../healthcheck/messages.ts';
import { mayUseRawSockets, unprivilegedCommand } from '../../kernel/system/capabilities.ts';
import type { Log } from '../log/log.ts';
import { type Child, type ChildState, superviseChild } from './child.ts';
import { buildOf, commandOf } from './program.ts';

/** How long the process may take to end its probes and itself, in milliseconds. */
const stopLimit = milliseconds(1000);

export type HealthcheckSupervision = {
  readonly state: () => ChildState;
  readonly isAnswering: () => boolean;
  /** Sends the current targets: unchanged ones keep their verdicts. */
  readonly configure: () => void;
  /** Replaces the running process by the installed program; verdicts stay meanwhile. */
  readonly replace: () => void;
  readonly stop: () => Promise<void>;
  /** Leaves the process running for the next controller. */
  readonly release: () => void;
};

export type HealthcheckSupervisionOptions = {
  readonly runtimeDirectory: string;
  readonly targets: () => readonly Target[];
  readonly onMessage: (message: FromHealthcheck) => void;
  /** Called when a new process has started. */
  readonly onStart: () => void;
  /** Called before what has arrived is read. */
  readonly onArrival: () => void;
  readonly log: Log;
};

export const superviseHealthcheck = ({
  runtimeDirectory,
  targets,
  onMessage,
  onStart,
  onArrival,
  log,
}: HealthcheckSupervisionOptions): HealthcheckSupervision => {
  /** Whether the process may use raw sockets; undefined while there is none. */
  let isStartedRaw: boolean | undefined;
  /** Ids of the targets that this controller sent to the process; undefined before the first time. */
  let sent: ReadonlySet<string> | undefined;
  const needsRawSockets = (): boolean => targets().some(({ check }) => needsRawSocket(check));
  const startCommand = (): readonly string[] => {
    isStartedRaw = needsRawSockets();
    const { command, why } = unprivilegedCommand(commandOf('healthcheck'), isStartedRaw);
    if (why !== undefined)
      log(
        'warn',
        { process: 'health', event: 'healthcheck-privileged' },
        `runs with the director's privileges: ${why}`,
      );
    return command;
  };

  const connected = createBus<{ readonly adopted: boolean }>();
  const child: Child<ToHealthcheck> = superviseChild<FromHealthcheck, ToHealthcheck>({
    socket: join(runtimeDirectory, 'healthcheck.sock'),
    command: startCommand,
    build: () => buildOf('healthcheck'),
    onConnect: (adopted) => connected.send({ adopted }),
    onMessage,
    decode: decodeFromHealthcheck,
    onArrival,
    onRefusal: (text) => log('warn', { process: 'health', event: 'unknown-message' }, text),
    onIncompatible: (why) =>
      log(
        'warn',
        { process: 'health', event: 'healthcheck-incompatible' },
        `is not adopted, but ended and replaced; verdicts stay: ${why}`,
      ),
    onLoss: (why, follows) =>
      log(
        'error',
        { process: 'health', event: 'healthcheck-lost' },
        `lost: ${why}; verdicts stay as they are; ${follows}`,
      ),
  });

  const configure = (): void => {
    const needsRaw = needsRawSockets();
    if (isStartedRaw !== undefined && isStartedRaw !== needsRaw) {
      const right = needsRaw
        ? 'with CAP_NET_RAW, which ping and half-open checks need'
        : 'without privileges: no check needs them';
      log('info', { process: 'health', event: 'healthcheck-replaced' }, `restarts ${right}; verdicts stay as they are`);
      isStartedRaw = undefined;
      child.replace();
      return;
    }
    const wanted = new Map(targets().map((target) => [target.id, target]));
    const before = sent;
    // The running process may be of another build, without incremental changes.
    const isCurrent = child.state().build === buildOf('healthcheck');
    const message: ToHealthcheck =
      before === undefined || !isCurrent
        ? { type: 'configure', targets: [...wanted.values()] }
        : {
            type: 'change',
            added: [...wanted.values()].filter(({ id }) => !before.has(id)),
            removed: [...before].filter((id) => !wanted.has(id)),
          };
    sent = child.send(message) ? new Set(wanted.keys()) : undefined;
  };
  connected.handle(({ adopted }) => {
    const { pid } = child.state();
    sent = undefined;
    if (!adopted) onStart();
    if (adopted && pid !== undefined) isStartedRaw = mayUseRawSockets(pid);
    configure();
  });
  return {
    state: child.state,
    isAnswering: child.isAnswering,
    configure,
    release: child.release,
    replace: () => {
      log(
        'info',
        { process: 'health', event: 'healthcheck-replaced' },
        'replaced by the installed program; verdicts stay as they are',
      );
      child.replace();
    },
    stop: () => child.stop({ type: 'stop' }, stopLimit),
  };
};
