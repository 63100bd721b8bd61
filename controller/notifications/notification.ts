// Notifications as plain data: routers, real servers and services that changed. Pure.

import { unreachable } from '../../base/unreachable.ts';
import type { NotificationSubject } from '../../config/model/model.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import type { VrrpEvent } from '../../vrrp/events.ts';

export type Notification = {
  readonly director: string;
  readonly subject: NotificationSubject;
  /** Name of the router, group, service or real server. */
  readonly name: string;
  /** The new state: `master`, `backup`, `fault`, `stop`; `up`, `down`; `begun`, `ended`, or a verdict on a split brain. */
  readonly state: string;
  readonly from?: string;
  readonly reason: string;
  /** Wall time, milliseconds since the epoch. */
  readonly at: number;
  readonly priority?: number;
  /** The service's address, for a service or server; the server's address, for a server. */
  readonly service?: NoticedService;
  readonly server?: Endpoint;
};

export type NoticedService = (Endpoint & { readonly protocol: string }) | { readonly firewallMark: number };

/** Lasting states; the intermediate ones are not notified. */
const lasting: Readonly<Record<string, string>> = { master: 'master', backup: 'backup' };

const stateOf = (event: Extract<VrrpEvent, { type: 'transition' }>): string | undefined => {
  if (event.to === 'initialize') return event.reason.code === 'fault' ? 'fault' : 'stop';
  return lasting[event.to];
};

/** @returns undefined for an event without a notification. */
export const notificationOf = (director: string, event: VrrpEvent, priority?: number): Notification | undefined => {
  if (event.type !== 'transition') return undefined;
  const state = stateOf(event);
  if (state === undefined) return undefined;
  return {
    director,
    subject: 'router',
    name: event.router,
    state,
    from: event.from,
    reason: event.reason.text,
    at: event.at,
    ...(priority !== undefined && { priority }),
  };
};

const describeService = (service: NoticedService): string =>
  'firewallMark' in service
    ? `firewall mark ${service.firewallMark}`
    : `${service.protocol} ${service.address}:${service.port}`;

/** The environment of a script: every field under its own name, without absent ones. */
export const environmentOf = (notification: Notification): Readonly<Record<string, string>> => {
  const { service, server } = notification;
  const fields: Readonly<Record<string, string | number | undefined>> = {
    REGENT_DIRECTOR: notification.director,
    REGENT_SUBJECT: notification.subject,
    REGENT_NAME: notification.name,
    REGENT_STATE: notification.state,
    REGENT_FROM: notification.from,
    REGENT_REASON: notification.reason,
    REGENT_TIME: new Date(notification.at).toISOString(),
    REGENT_PRIORITY: notification.priority,
    REGENT_SERVICE: service && describeService(service),
    REGENT_SERVER: server && `${server.address}:${server.port}`,
  };
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  );
};

/**
 * The line that keepalived writes to a FIFO (keepalived.conf(5): vrrp_notify_fifo, lvs_notify_fifo).
 * @returns undefined where keepalived has no such line.
 */
export const keepalivedLine = (notification: Notification): string | undefined => {
  const { subject, name, state, priority = 0, service, server } = notification;
  const endpoint = (one: Endpoint, protocol: string): string => `[${one.address}]:${protocol}:${one.port}`;
  const serviceText = (one: NoticedService): string =>
    'firewallMark' in one ? `FWM ${one.firewallMark}` : endpoint(one, one.protocol);
  const serverText = (one: Endpoint, of: NoticedService): string =>
    endpoint(one, 'firewallMark' in of ? 'none' : of.protocol);
  switch (subject) {
    case 'router':
      return `INSTANCE "${name}" ${state.toUpperCase()} ${priority}\n`;
    case 'group':
      return `GROUP "${name}" ${state.toUpperCase()} ${priority}\n`;
    case 'service':
      return service && `VS ${serviceText(service)} ${state.toUpperCase()}\n`;
    case 'server':
      return service && server && `RS ${serverText(server, service)} ${serviceText(service)} ${state.toUpperCase()}\n`;
    case 'split-brain':
      return undefined;
    default:
      return unreachable(subject);
  }
};
