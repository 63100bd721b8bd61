// Turns events of the director into notifications: vrrp events, health verdicts, and the state of groups as a whole.

import type { DirectorConfig } from '../../config/model/model.ts';
import type { RealServerConfig, VirtualServiceConfig } from '../../config/model/service-model.ts';
import type { FromHealthcheck } from '../../healthcheck/messages.ts';
import type { VrrpEvent } from '../../vrrp/events.ts';
import { describeJudgement } from '../ipvs/judgement-text.ts';
import type { JudgementEvent } from '../ipvs/service-judgement.ts';
import { type NoticedService, type Notification, notificationOf } from './notification.ts';

export type Use = { readonly service: VirtualServiceConfig; readonly server: RealServerConfig };

/** The state of a sync group: fault when one member has it, any other state when all members have it. */
const groupState = (states: readonly (string | undefined)[]): string | undefined => {
  if (states.includes('fault')) return 'fault';
  const [first] = states;
  return states.every((state) => state === first) ? first : undefined;
};

/** Notifies once for each change. A group has no priority. */
export const createGroupWatch = () => {
  const members = new Map<string, string>();
  const notified = new Map<string, string>();
  return (config: DirectorConfig, { priority: _, ...changed }: Notification): Notification | undefined => {
    for (const name of members.keys())
      if (!config.vrrp.routers.some((router) => router.name === name)) members.delete(name);
    for (const name of notified.keys())
      if (!config.vrrp.groups.some((group) => group.name === name)) notified.delete(name);
    members.set(changed.name, changed.state);
    const group = config.vrrp.groups.find(({ routers }) => routers.includes(changed.name));
    if (group === undefined) return undefined;
    const state = groupState(group.routers.map((router) => members.get(router)));
    if (state === undefined || notified.get(group.name) === state) return undefined;
    notified.set(group.name, state);
    return { ...changed, subject: 'group', name: group.name, state };
  };
};

const priorityOf = (config: DirectorConfig, router: string): number | undefined =>
  config.vrrp.routers.find(({ name }) => name === router)?.priority;

/** Notifies the beginning and the end: after news of two masters there must be news of the end. */
const splitBrainNotice = (
  director: string,
  { router, phase, text, at }: Extract<VrrpEvent, { type: 'split-brain' }>,
): readonly Notification[] =>
  phase === 'widened' ? [] : [{ director, subject: 'split-brain', name: router, state: phase, reason: text, at }];

/** The notices of a router's change, the group's after the router's. */
export const createRouterNotices = () => {
  const watchGroup = createGroupWatch();
  return (config: DirectorConfig, event: VrrpEvent): readonly Notification[] => {
    if (event.type === 'split-brain') return splitBrainNotice(config.director, event);
    if (event.type !== 'transition') return [];
    const notification = notificationOf(config.director, event, priorityOf(config, event.router));
    if (notification === undefined) return [];
    const group = watchGroup(config, notification);
    return group === undefined ? [notification] : [notification, group];
  };
};

/** A service's first address stands for it; a service of firewall marks alone has none. */
const noticedService = ({ matches, protocol }: VirtualServiceConfig): NoticedService | undefined => {
  const address = matches.find((match) => 'address' in match);
  const mark = matches.find((match) => 'firewallMark' in match);
  return address === undefined ? mark && { firewallMark: mark.firewallMark } : { protocol, ...address };
};

/** A service is up while it has its quorum. */
export const serviceNotices = (
  director: string,
  service: VirtualServiceConfig,
  event: JudgementEvent,
  at: number,
): readonly Notification[] => {
  if (event.type !== 'quorum') return [];
  const [, reason] = describeJudgement(event, service);
  const state = event.quorum === 'held' ? 'up' : 'down';
  const noticed = noticedService(service);
  return [
    { director, subject: 'service', name: service.name, state, reason, at, ...(noticed && { service: noticed }) },
  ];
};

/** One notice for each service that uses the target of a verdict. */
export const serverNotices = (
  director: string,
  verdict: Extract<FromHealthcheck, { type: 'verdict' }>,
  uses: readonly Use[],
  at: number,
): readonly Notification[] =>
  verdict.health === 'unknown'
    ? []
    : uses.map(({ service, server }) => {
        const noticed = noticedService(service);
        return {
          director,
          subject: 'server',
          name: server.name,
          state: verdict.health,
          reason: verdict.reason,
          at,
          ...(noticed && { service: noticed }),
          server: server.endpoint,
        };
      });
