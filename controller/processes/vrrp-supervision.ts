// Supervises the vrrp process: starts or adopts it, configures it, logs its events, and executes its last will when it is lost.

import { join } from 'node:path';
import { formatDuration, type Milliseconds } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import { realTimeCommand } from '../../kernel/system/scheduling.ts';
import { describeVrrpEvent } from '../../vrrp/event-text.ts';
import type { VrrpEvent } from '../../vrrp/events.ts';
import { decodeFromVrrp, type FromVrrp, type LastWill, type ToVrrp } from '../../vrrp/messages.ts';
import type { AnycastHeld, BfdStatus, InterfaceStatus, RouterStatus } from '../../vrrp/status.ts';
import type { Log } from '../log/log.ts';
import { isLogEvent } from '../log/log-events.ts';
import { type Child, type ChildState, superviseChild } from './child.ts';
import { executeWill } from './last-will.ts';

import { buildOf, commandOf } from './program.ts';

const realTimePriority = 50;
/** How long a vrrp process may take to leave, in milliseconds; then its last will is executed. */
const leaveLimit = 8000;
const nothing: LastWill = { rules: [], routes: [], addresses: [], farewells: [] };

type Handoff = Extract<FromVrrp, { type: 'handoff' }>['handoff'];

export type VrrpSupervision = {
  readonly routers: () => readonly RouterStatus[];
  readonly bfd: () => readonly BfdStatus[];
  /** Undefined until the process has said what it holds. */
  readonly anycast: () => AnycastHeld | undefined;
  readonly interfaces: () => readonly InterfaceStatus[];
  /** @returns whether a process could receive it. */
  readonly send: (message: ToVrrp) => boolean;
  readonly state: () => ChildState;
  readonly isAnswering: () => boolean;
  /** Sends the current configuration. */
  readonly configure: () => void;
  /**
   * Replaces the running process by the installed program, which takes over masterships and addresses.
   * @param limit how long that may take; then they are given up as if the process had died.
   */
  readonly replace: (limit: Milliseconds | undefined) => void;
  /** Makes the process leave every mastership, make-before-break, and end. */
  readonly leave: () => Promise<void>;
  /** Leaves the process running for the next controller. */
  readonly release: () => void;
};

export type VrrpSupervisionOptions = {
  readonly runtimeDirectory: string;
  /** The current configuration; sent whenever a process connects. */
  readonly configuration: () => Extract<ToVrrp, { type: 'configure' }>;
  readonly onEvent?: (event: VrrpEvent) => void;
  readonly onTurn?: (longest: Milliseconds) => void;
  /** The addresses and masterships of a dead process were given up in its name. */
  readonly onGivenUp?: () => void;
  /** A process has been configured and may know nothing else yet. */
  readonly onConfigured?: () => void;
  /** Called before what has arrived is read. */
  readonly onArrival: () => void;
  /** The anycast addresses may have changed their states. */
  readonly onAnycast?: () => void;
  readonly log: Log;
};

export const superviseVrrp = ({
  runtimeDirectory,
  configuration,
  onEvent,
  onTurn,
  onGivenUp,
  onConfigured,
  onArrival,
  onAnycast,
  log,
}: VrrpSupervisionOptions): VrrpSupervision => {
  let routers: readonly RouterStatus[] = [];
  let bfd: readonly BfdStatus[] = [];
  let anycast: AnycastHeld | undefined;
  let interfaces: readonly InterfaceStatus[] = [];
  let will = nothing;
  /** Called once the process has left every mastership, or has ended without saying so. */
  let onLeft: ((how: 'left' | 'ended') => void) | undefined;
  /** The state that a process leaves to its replacement, which must connect before the timer expires. */
  let handoff: Handoff | undefined;
  let handoffLimit: NodeJS.Timeout | undefined;

  const reportEvent = ({ at, ...event }: VrrpEvent): void => {
    const [level, text] = describeVrrpEvent(event);
    const subject = 'router' in event ? event.router : 'anycast' in event ? event.anycast : undefined;
    // A vrrp of another build may have events that this one does not know.
    const name = isLogEvent(event.type) ? event.type : 'unknown-message';
    const about = { process: 'vrrp', ...(subject !== undefined && { subject }), event: name } as const;
    log(level, about, text, { event: { at, ...event } });
    onEvent?.({ at, ...event });
  };

  const take = (message: FromVrrp): void => {
    switch (message.type) {
      case 'event':
        reportEvent(message.event);
        return;
      case 'status':
        routers = message.routers;
        return;
      case 'bfd':
        bfd = message.sessions;
        return;
      case 'anycast':
        anycast = message.held;
        onAnycast?.();
        return;
      case 'interfaces':
        interfaces = message.interfaces;
        if (message.longestTurn !== undefined) onTurn?.(message.longestTurn);
        return;
      case 'will':
        will = message.will;
        return;
      case 'handoff':
        handoff = message.handoff;
        return;
      case 'left':
        onLeft?.('left');
        return;
      default:
        unreachable(message);
    }
  };

  /** Executes the last will of a dead process. @returns what was done, as text. */
  const forget = (): string => {
    const left = executeWill(will, log);
    onGivenUp?.();
    will = nothing;
    handoff = undefined;
    routers = [];
    bfd = [];
    anycast = undefined;
    interfaces = [];
    return left;
  };

  const giveUp = (why: string): void => {
    clearTimeout(handoffLimit);
    log('error', { process: 'vrrp', event: 'vrrp-not-replaced' }, `cannot be replaced in time (${why}); ${forget()}`);
  };

  const { command, realTime, why } = realTimeCommand(commandOf('vrrp'), realTimePriority);
  if (!realTime) {
    log(
      'warn',
      { process: 'vrrp', event: 'vrrp-not-real-time' },
      `runs without real-time scheduling (${why}): a busy host may delay its advertisements`,
    );
  }
  const child: Child<ToVrrp> = superviseChild<FromVrrp, ToVrrp>({
    socket: join(runtimeDirectory, 'vrrp.sock'),
    command: () => command,
    build: () => buildOf('vrrp'),
    onConnect: (adopted) => {
      if (adopted) log('info', { process: 'vrrp', event: 'vrrp-adopted' }, 'adopted from an earlier controller');
      else log('info', { process: 'vrrp', event: 'vrrp-started' }, 'started');
      clearTimeout(handoffLimit);
      child.send({ ...configuration(), ...(handoff && { handoff }) });
      handoff = undefined;
      onConfigured?.();
    },
    onMessage: take,
    decode: decodeFromVrrp,
    onArrival,
    onRefusal: (text) => log('warn', { process: 'vrrp', event: 'unknown-message' }, text),
    onIncompatible: (why) =>
      log(
        'warn',
        { process: 'vrrp', event: 'vrrp-incompatible' },
        `is not adopted, but asked to leave and replaced: ${why}`,
      ),
    onRenewal: () => {
      if (handoff === undefined) giveUp('it ended without handing over its state');
    },
    onEnd: () => onLeft?.('ended'),
    onLoss: (reason, follows) => {
      log('error', { process: 'vrrp', event: 'vrrp-lost' }, `lost: ${reason}; ${forget()}; ${follows}`);
    },
  });

  return {
    routers: () => routers,
    bfd: () => bfd,
    anycast: () => anycast,
    state: child.state,
    interfaces: () => interfaces,
    isAnswering: child.isAnswering,
    send: child.send,
    configure: () => void child.send(configuration()),
    release: child.release,
    replace: (limit) => {
      log(
        'info',
        { process: 'vrrp', event: 'vrrp-replaced' },
        'replaced by the installed program, which continues its masterships',
      );
      child.renew();
      if (limit !== undefined) {
        // A process that does not make way is ended, with the same result.
        handoffLimit = setTimeout(() => {
          if (handoff === undefined) child.replace();
          else giveUp(`${formatDuration(limit)} have passed`);
        }, limit);
      }
      // A process that cannot be reached is ended directly.
      if (!child.send({ type: 'make-way' })) child.replace();
    },
    leave: async () => {
      child.release();
      // During a replacement there is no process to leave.
      if (handoff !== undefined) forget();
      const end = await new Promise<'left' | 'ended' | 'late'>((resolve) => {
        const limit = setTimeout(() => resolve('late'), leaveLimit);
        onLeft = (how) => {
          clearTimeout(limit);
          resolve(how);
        };
        // A process that only starts holds nothing yet, and would go on starting.
        if (!child.send({ type: 'stop' })) {
          child.kill();
          onLeft('left');
        }
      });
      if (end === 'left') return;
      // A SIGSTOPped vrrp would later resume as master.
      child.kill();
      const why =
        end === 'late'
          ? `did not stop within ${leaveLimit / 1000} s and was killed`
          : 'ended before it had said that it left';
      const text = `${why}; ${executeWill(will, log)}`;
      log('warn', { process: 'vrrp', event: 'vrrp-killed' }, text);
    },
  };
};
