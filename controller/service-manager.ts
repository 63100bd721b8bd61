// Notifies the service manager (sd_notify(3)): ready, reloading, stopping, status line and watchdog.

import { messageOf } from '../base/error.ts';
import { type Milliseconds, milliseconds } from '../base/units.ts';
import { type NotifySocket, openNotifySocket } from '../kernel/system/notify-socket.ts';
import type { Status } from './control/status.ts';
import type { Log } from './log/log.ts';

export type ServiceManager = {
  /** Call around a configuration change. */
  readonly reloading: () => void;
  readonly reloaded: () => void;
  /** The last notification. @param drain how long the stop waits for drains, beyond what the unit allows */
  readonly stopping: (why: string, drain?: Milliseconds) => void;
};

export type ServiceManagerOptions = {
  readonly environment: NodeJS.ProcessEnv;
  /** Whether the director works: its processes were heard lately. */
  readonly isWorking: () => boolean;
  readonly status: () => Status;
  readonly log: Log;
};

/** A stop without drains ends within this, in milliseconds; the unit allows it. */
const unitLimit = 30_000;

const list = (names: readonly string[]): string => names.join(', ') || 'none';

/** The line that `systemctl status` shows. Pure. */
export const statusLine = ({
  routers,
  anycast,
  services,
  warnings,
}: Pick<Status, 'routers' | 'anycast' | 'services' | 'warnings'>): string => {
  const masters = routers.filter(({ state }) => state === 'master').map(({ name }) => name);
  const announced = (anycast?.addresses ?? []).filter(({ state }) => state === 'announced').map(({ name }) => name);
  const servers = services.flatMap((service) => service.servers);
  const up = servers.filter(({ health }) => health === 'up').length;
  return [
    ...(routers.length === 0 ? [] : [`master of ${list(masters)} (of ${routers.length} routers)`]),
    ...(anycast === undefined ? [] : [`announces ${list(announced)} (of ${anycast.addresses.length} entries)`]),
    ...(servers.length === 0 ? [] : [`${up} of ${servers.length} servers up`]),
    warnings.length === 0 ? 'no warnings' : `${warnings.length} warnings: regent health`,
  ].join('; ');
};

/** Interval of notifications, in milliseconds: at least four within the watchdog's time (WATCHDOG_USEC). Pure. */
export const noticeEvery = (watchdogMicroseconds: string | undefined): number =>
  Math.max(10, Math.min(1000, Number(watchdogMicroseconds ?? 4_000_000) / 4000));

const monotonicMicroseconds = (): string => String(process.hrtime.bigint() / 1000n);

const silent: ServiceManager = {
  reloading: () => undefined,
  reloaded: () => undefined,
  stopping: () => undefined,
};

/**
 * Notifies the service manager, where there is one. It is ready when both processes answer; the watchdog is fed only while they
 * do. Programs started from here on do not find the socket in their environment.
 */
export const openServiceManager = ({ environment, isWorking, status, log }: ServiceManagerOptions): ServiceManager => {
  const { NOTIFY_SOCKET: name, WATCHDOG_USEC: patience } = environment;
  for (const variable of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[variable];
  if (name === undefined || name === '') return silent;

  const complain = (error: unknown): void => {
    const text = messageOf(error);
    log(
      'error',
      { process: 'director', event: 'service-manager-unreachable' },
      `cannot notify the service manager: ${text}`,
    );
  };
  let socket: NotifySocket;
  try {
    socket = openNotifySocket(name);
  } catch (error) {
    complain(error);
    return silent;
  }

  let isComplaining = false;
  const notify = (assignments: readonly string[]): boolean => {
    try {
      const isTaken = socket.send(assignments);
      isComplaining = false;
      return isTaken;
    } catch (error) {
      if (!isComplaining) complain(error);
      isComplaining = true;
      return false;
    }
  };

  let isReady = false;
  let shown = '';
  let line = '';
  let lineDueAt = 0;
  /** The status of ten thousand servers is slow: it is read so seldom that it takes a hundredth of the director's time. */
  const lineOfNow = (): string => {
    const startedAt = performance.now();
    if (isReady && startedAt < lineDueAt) return line;
    line = statusLine(status());
    lineDueAt = startedAt + 100 * (performance.now() - startedAt);
    return line;
  };
  /** An assignment that was not accepted is sent again with the next one. */
  const tick = (): void => {
    if (!isWorking()) return;
    lineOfNow();
    const news = [...(isReady ? [] : ['READY=1']), ...(line === shown ? [] : [`STATUS=${line}`])];
    if (!notify([...news, 'WATCHDOG=1'])) return;
    isReady = true;
    shown = line;
  };
  const ticker = setInterval(tick, noticeEvery(patience));

  return {
    reloading: () => {
      if (isReady) notify(['RELOADING=1', `MONOTONIC_USEC=${monotonicMicroseconds()}`]);
    },
    reloaded: () => {
      isReady = false;
      tick();
    },
    stopping: (why, drain = milliseconds(0)) => {
      clearInterval(ticker);
      // Counted from now on, in microseconds.
      const extension = drain === 0 ? [] : [`EXTEND_TIMEOUT_USEC=${Math.ceil(drain + unitLimit) * 1000}`];
      notify(['STOPPING=1', `STATUS=${why}`, ...extension]);
    },
  };
};
