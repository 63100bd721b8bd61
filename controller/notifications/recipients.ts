// All notification recipients, each with its own queue, so that a hanging one does not delay the others.

import type { StartGroup } from '../../base/process-group.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { NotificationConfig } from '../../config/model/model.ts';
import type { Log } from '../log/log.ts';
import { fifoDelivery } from './fifo.ts';
import type { Notification } from './notification.ts';
import { createQueue, type Delivery, type QueueStatus } from './queue.ts';
import { scriptDelivery } from './script.ts';
import { webhookDelivery } from './webhook.ts';

export type NotificationStatus = QueueStatus & { readonly name: string };

export type Recipients = {
  readonly notify: (notification: Notification) => void;
  readonly status: () => readonly NotificationStatus[];
  /** Resolves once each is notified or unreachable, or after `limit` milliseconds. */
  readonly settle: (limit: number) => Promise<void>;
  readonly close: () => void;
};

const deliveryOf = ({ to, timeout }: NotificationConfig, startGroup: StartGroup): Delivery => {
  switch (to.type) {
    case 'script':
      return scriptDelivery(startGroup, to.command, timeout);
    case 'webhook':
      return webhookDelivery(to.url, to.headers, timeout);
    case 'fifo':
      return fifoDelivery(to.path);
    default:
      return unreachable(to);
  }
};

const after = (delay: number, action: () => void): (() => void) => {
  const timer = setTimeout(action, delay);
  return () => clearTimeout(timer);
};

/** @param startGroup starts scripts. */
export const openRecipients = (
  configs: readonly NotificationConfig[],
  startGroup: StartGroup,
  log: Log,
): Recipients => {
  const recipients = configs.map((config) => ({
    config,
    queue: createQueue({
      deliver: deliveryOf(config, startGroup),
      retries: config.retries,
      after,
      onGivenUp: ({ subject, name, state }, why) =>
        log(
          'error',
          { process: 'director', subject: config.name, event: 'notification-failed' },
          `was not notified that ${subject} ${name} is ${state}: ${why}; this notification is dropped`,
        ),
    }),
  }));
  return {
    notify: (notification) => {
      for (const { config, queue } of recipients)
        if (config.about.includes(notification.subject)) queue.push(notification);
    },
    status: () => recipients.map(({ config, queue }) => ({ name: config.name, ...queue.status() })),
    settle: async (limit) => {
      const settled = Promise.all(recipients.map(({ queue }) => queue.settle()));
      let cancel = (): void => undefined;
      const overdue = new Promise<void>((resolve) => {
        cancel = after(limit, resolve);
      });
      await Promise.race([settled, overdue]);
      cancel();
    },
    close: () => {
      for (const { queue } of recipients) queue.close();
    },
  };
};
