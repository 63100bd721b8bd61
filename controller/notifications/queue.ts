// One target's delivery queue: in order, one at a time, retried with growing pauses, and bounded.

import { messageOf } from '../../base/error.ts';
import type { Notification } from './notification.ts';

export type Delivery = (notification: Notification) => Promise<void>;

export type QueueOptions = {
  readonly deliver: Delivery;
  /** Retries of a failed delivery before it is given up. */
  readonly retries: number;
  /** Runs an action after a delay in milliseconds. @returns a function that cancels it. */
  readonly after: (delay: number, action: () => void) => () => void;
  readonly onGivenUp: (notification: Notification, why: string) => void;
};

export type QueueStatus = {
  readonly waiting: number;
  readonly delivered: number;
  /** Given up after all retries, or dropped from a full queue. */
  readonly lost: number;
  readonly lastError?: string;
};

export type Queue = {
  readonly push: (notification: Notification) => void;
  readonly status: () => QueueStatus;
  /** Resolves once the queue is empty, or once a delivery has failed that would be retried. */
  readonly settle: () => Promise<void>;
  /** Drops the queue; the result of the current delivery is ignored. */
  readonly close: () => void;
};

/** A full queue drops the oldest notifications: they matter least. */
const capacity = 1000;
const firstPause = 500;
const longestPause = 60_000;

/** Pause before retry number `attempt` (from 1), in milliseconds: doubled each time, a minute at most. */
export const pauseBefore = (attempt: number): number => Math.min(longestPause, firstPause * 2 ** (attempt - 1));

export const createQueue = ({ deliver, retries, after, onGivenUp }: QueueOptions): Queue => {
  const waiting: Notification[] = [];
  let [delivered, lost] = [0, 0];
  let lastError: string | undefined;
  let isBusy = false;
  let isClosed = false;
  let callOff: (() => void) | undefined;
  let isPausing = false;
  let onSettled: (() => void)[] = [];

  const endWaits = (): void => {
    if (isBusy && !isPausing) return;
    for (const resolve of onSettled) resolve();
    onSettled = [];
  };

  const giveUp = (notification: Notification, why: string): void => {
    lost += 1;
    lastError = why;
    onGivenUp(notification, why);
  };

  const attempt = (notification: Notification, tried: number, next: () => void): void => {
    isPausing = false;
    deliver(notification).then(
      () => {
        if (isClosed) return;
        delivered += 1;
        next();
      },
      (error: unknown) => {
        if (isClosed) return;
        lastError = messageOf(error);
        if (tried >= retries) {
          giveUp(notification, lastError);
          next();
        } else {
          isPausing = true;
          endWaits();
          callOff = after(pauseBefore(tried + 1), () => attempt(notification, tried + 1, next));
        }
      },
    );
  };

  const next = (): void => {
    const notification = waiting.shift();
    isBusy = notification !== undefined;
    if (notification !== undefined) attempt(notification, 0, next);
    else endWaits();
  };

  return {
    push: (notification) => {
      if (isClosed) return;
      waiting.push(notification);
      if (waiting.length > capacity) {
        const oldest = waiting.shift();
        if (oldest !== undefined) giveUp(oldest, `more than ${capacity} were waiting`);
      }
      if (!isBusy) next();
    },
    status: () => ({
      waiting: waiting.length + (isBusy ? 1 : 0),
      delivered,
      lost,
      ...(lastError !== undefined && { lastError }),
    }),
    settle: () =>
      new Promise((resolve) => {
        onSettled.push(resolve);
        endWaits();
      }),
    close: () => {
      isClosed = true;
      waiting.length = 0;
      callOff?.();
    },
  };
};
