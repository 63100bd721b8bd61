// Supervises the vrrp process: starts or adopts it, configures it, logs what it tells, and executes its will when it is lost.

import { join } from 'node:path';
import { realTimeCommand } from '../kernel/scheduling.ts';
import {
  type BfdStatus,
  describeVrrpEvent,
  type FromVrrp,
  type RouterStatus,
  type ToVrrp,
  type VrrpEvent,
  type Will,
} from '../vrrp/messages.ts';
import { type Child, superviseChild } from './child.ts';
import type { Log } from './log.ts';
import { programOf } from './program.ts';
import { executeWill } from './will.ts';

const realTimePriority = 50;
/** A vrrp process that is asked to leave is waited for this long, in milliseconds; then its will is executed. */
const leaveLimit = 8000;
const nothing: Will = { addresses: [], farewells: [] };

export type VrrpSupervision = {
  readonly routers: () => readonly RouterStatus[];
  readonly bfd: () => readonly BfdStatus[];
  /** @returns whether there was a process to send it to. */
  readonly send: (message: ToVrrp) => boolean;
  readonly pid: () => number | undefined;
  readonly isAnswering: () => boolean;
  /** Sends the configuration of the moment. */
  readonly configure: () => void;
  /** Has every mastership left, make-before-break, and the process end. */
  readonly leave: () => Promise<void>;
  /** Lets the process go on for the next controller. */
  readonly release: () => void;
};

export type VrrpSupervisionOptions = {
  readonly runtimeDirectory: string;
  /** The configuration of the moment; sent whenever a process is there to be told. */
  readonly configuration: () => Extract<ToVrrp, { type: 'configure' }>;
  readonly onEvent?: (event: VrrpEvent) => void;
  /** A process has been configured, which may know nothing else yet. */
  readonly onConfigured?: () => void;
  readonly log: Log;
};

export const superviseVrrp = ({
  runtimeDirectory,
  configuration,
  onEvent,
  onConfigured,
  log,
}: VrrpSupervisionOptions): VrrpSupervision => {
  let routers: readonly RouterStatus[] = [];
  let bfd: readonly BfdStatus[] = [];
  let will = nothing;
  let onLeft: (() => void) | undefined;

  const tellEvent = ({ at, ...event }: VrrpEvent): void => {
    const [level, text] = describeVrrpEvent(event);
    const subject = 'router' in event ? event.router : undefined;
    log(level, { process: 'vrrp', ...(subject !== undefined && { subject }) }, text, { event: { at, ...event } });
    onEvent?.({ at, ...event });
  };

  const hear = (message: FromVrrp): void => {
    switch (message.type) {
      case 'event':
        tellEvent(message.event);
        return;
      case 'status':
        routers = message.routers;
        return;
      case 'bfd':
        bfd = message.sessions;
        return;
      case 'will':
        will = message.will;
        return;
      case 'left':
        onLeft?.();
        return;
      default: {
        const never: never = message;
        throw new Error(`Unreachable: ${JSON.stringify(never)}`);
      }
    }
  };

  const { command, realTime, why } = realTimeCommand([process.execPath, programOf('vrrp')], realTimePriority);
  if (!realTime) {
    log(
      'warn',
      { process: 'vrrp' },
      `runs without real-time scheduling (${why}): a busy host may delay its advertisements`,
    );
  }
  const child: Child<ToVrrp> = superviseChild<FromVrrp, ToVrrp>({
    socket: join(runtimeDirectory, 'vrrp.sock'),
    command: () => command,
    onConnect: (adopted) => {
      log('info', { process: 'vrrp' }, adopted ? 'adopted from an earlier controller' : 'started');
      child.send(configuration());
      onConfigured?.();
    },
    onMessage: hear,
    onLoss: (reason) => {
      if (onLeft !== undefined) return onLeft();
      const left = executeWill(will, log);
      log('error', { process: 'vrrp' }, `lost: ${reason}; ${left}; it is started again`);
      will = nothing;
      routers = [];
      bfd = [];
    },
  });

  return {
    routers: () => routers,
    bfd: () => bfd,
    pid: child.pid,
    isAnswering: child.isAnswering,
    send: child.send,
    configure: () => void child.send(configuration()),
    release: child.release,
    leave: async () => {
      child.release();
      const left = await new Promise<boolean>((resolve) => {
        const limit = setTimeout(() => resolve(false), leaveLimit);
        onLeft = () => {
          clearTimeout(limit);
          resolve(true);
        };
        if (!child.send({ type: 'stop' })) onLeft();
      });
      if (left) return;
      // One that is stopped would otherwise wake up some day as the master that it was.
      child.kill();
      log('warn', { process: 'vrrp' }, `did not leave in time, and has been killed; ${executeWill(will, log)}`);
    },
  };
};
