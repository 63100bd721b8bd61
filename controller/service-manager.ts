// What the service manager is told (sd_notify(3)): that the director is ready, reloads, stops, how it is, and that it lives.

import { messageOf } from '../base/error.ts';
import { type NotifySocket, openNotifySocket } from '../kernel/system/notify-socket.ts';
import type { Status } from './control/status.ts';
import type { Log } from './log/log.ts';

export type ServiceNotices = {
  /** Around a change of the configuration. */
  readonly reloading: () => void;
  readonly reloaded: () => void;
  /** The last word. */
  readonly stopping: (why: string) => void;
};

export type ServiceNoticesOptions = {
  readonly environment: NodeJS.ProcessEnv;
  /** Whether the director really works: its processes were heard lately. */
  readonly isWorking: () => boolean;
  readonly status: () => Status;
  readonly log: Log;
};

const list = (names: readonly string[]): string => names.join(', ') || 'none';

/** The line that `systemctl status` shows. Pure. */
export const statusLine = ({
  routers,
  services,
  warnings,
}: Pick<Status, 'routers' | 'services' | 'warnings'>): string => {
  const masters = routers.filter(({ state }) => state === 'master').map(({ name }) => name);
  const servers = services.flatMap((service) => service.servers);
  const up = servers.filter(({ health }) => health === 'up').length;
  return [
    ...(routers.length === 0 ? [] : [`master of ${list(masters)} (of ${routers.length} routers)`]),
    ...(servers.length === 0 ? [] : [`${up} of ${servers.length} servers up`]),
    warnings.length === 0 ? 'no warnings' : `${warnings.length} warnings: regent health`,
  ].join('; ');
};

/** How often it is told, in milliseconds: at least four times within the watchdog's patience (WATCHDOG_USEC). Pure. */
export const noticeEvery = (watchdogMicroseconds: string | undefined): number =>
  Math.max(10, Math.min(1000, Number(watchdogMicroseconds ?? 4_000_000) / 4000));

const monotonicMicroseconds = (): string => String(process.hrtime.bigint() / 1000n);

const silent: ServiceNotices = {
  reloading: () => undefined,
  reloaded: () => undefined,
  stopping: () => undefined,
};

/**
 * Tells the service manager, where there is one. It is ready when both processes answer; the watchdog is fed only while they do.
 * What is started from here on does not find the socket in its environment.
 */
export const openServiceNotices = ({ environment, isWorking, status, log }: ServiceNoticesOptions): ServiceNotices => {
  const { NOTIFY_SOCKET: name, WATCHDOG_USEC: patience } = environment;
  for (const variable of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[variable];
  if (name === undefined || name === '') return silent;

  const complain = (error: unknown): void => {
    const text = messageOf(error);
    log('error', { process: 'director' }, `the service manager is not told: ${text}`);
  };
  let socket: NotifySocket;
  try {
    socket = openNotifySocket(name);
  } catch (error) {
    complain(error);
    return silent;
  }

  let isComplaining = false;
  const tell = (assignments: readonly string[]): boolean => {
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
  let told = '';
  let line = '';
  let lineDueAt = 0;
  /** The status of ten thousand servers takes its time: it is asked for so seldom that it is a hundredth of the director's. */
  const lineOfNow = (): string => {
    const startedAt = performance.now();
    if (isReady && startedAt < lineDueAt) return line;
    line = statusLine(status());
    lineDueAt = startedAt + 100 * (performance.now() - startedAt);
    return line;
  };
  /** What was not taken is told again with the next one. */
  const tick = (): void => {
    if (!isWorking()) return;
    lineOfNow();
    const news = [...(isReady ? [] : ['READY=1']), ...(line === told ? [] : [`STATUS=${line}`])];
    if (!tell([...news, 'WATCHDOG=1'])) return;
    isReady = true;
    told = line;
  };
  const ticker = setInterval(tick, noticeEvery(patience));

  return {
    reloading: () => {
      if (isReady) tell(['RELOADING=1', `MONOTONIC_USEC=${monotonicMicroseconds()}`]);
    },
    reloaded: () => {
      isReady = false;
      tick();
    },
    stopping: (why) => {
      clearInterval(ticker);
      tell(['STOPPING=1', `STATUS=${why}`]);
    },
  };
};
