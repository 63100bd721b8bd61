// The configuration of a director, made from what the file says. Pure.

import type { director } from '../schema/director-keys.ts';
import type { Made } from '../schema/kind.ts';
import type { notification } from '../schema/notification-keys.ts';
import { anycastOf } from './anycast.ts';
import { vrrpOf } from './router.ts';
import { serviceOf } from './service.ts';

type NotificationKeys = Made<typeof notification>;

const receiverOf = ({ script, webhook, fifo = '', headers }: NotificationKeys) => {
  if (script !== undefined) return { type: 'script' as const, command: script };
  return webhook === undefined
    ? { type: 'fifo' as const, path: fifo }
    : { type: 'webhook' as const, url: webhook, headers };
};

const notificationOf = (raw: NotificationKeys) => {
  const { script, webhook, fifo, headers, ...others } = raw;
  return { ...others, to: receiverOf(raw) };
};

export const directorOf = ({ include: _, anycast, ...raw }: Made<typeof director>) => ({
  ...raw,
  vrrp: vrrpOf(raw.vrrp),
  ...(anycast && { anycast: anycastOf(anycast) }),
  virtualServices: raw.virtualServices.map(serviceOf),
  notifications: raw.notifications.map(notificationOf),
});
