// Explains the state of a router or real server: the rule, what decided, when, and what would change it. Pure.

import { formatDuration, milliseconds } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { CheckConfig } from '../../config/model/check-model.ts';
import type { AnnouncedConfig, RouterConfig } from '../../config/model/model.ts';
import type { VrrpEvent } from '../../vrrp/events.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import type { AnycastStatus } from '../anycast/anycast.ts';
import type { ServerStatus } from './status.ts';

export type Explanation = {
  readonly subject: string;
  readonly state: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** The rule behind this state, with its RFC section where there is one. */
  readonly rule: string;
  /** The deciding packet, timer, probe or command. */
  readonly decidedBy: string;
  /** What would change it. */
  readonly wouldChange: readonly string[];
};

export type RouterTransition = Extract<VrrpEvent, { type: 'transition' }>;

const rules: Readonly<Record<RouterTransition['reason']['code'], string>> = {
  startup: 'a router listens for a master down interval before it becomes master (RFC 9568 6.4.1)',
  'no-advertisement': 'a master that is silent for the master down interval counts as dead (RFC 9568 6.4.2)',
  farewell: 'a master that sends priority 0 is replaced after the skew time (RFC 9568 6.4.2)',
  preempts: 'a router of higher priority replaces the current master (RFC 9568 6.4.2)',
  owner: 'the owner of the addresses is always their master (RFC 9568 6.4.1)',
  outranked: 'a master gives way to a higher priority, or to the same with a higher address (RFC 9568 6.4.3)',
  group: 'the routers of a sync group are masters together or not at all',
  overslept: 'a master that was paused until a peer may have replaced it steps down before it sends',
  fault: 'a router without a working interface takes no part',
  'split-brain': 'a director that must not be master beside a peer gives way (split_brain)',
  shutdown: 'a router that gives up mastership sends priority 0 and keeps its addresses until a successor advertises',
  'gives-way': 'of two masters without preemption the lower one gives way',
  'peer-lost': 'a master whose BFD session is down counts as dead at once (RFC 5880 6.8.4)',
  'link-returned':
    'a master whose link was away for a moment goes on, since no peer can have missed enough advertisements',
  resumed: 'a router whose successor does not advertise stays master',
  'successor-heard': 'a router that gives up mastership removes its addresses once its successor advertises',
  'successor-silent': 'a router that gives up mastership waits for its successor for its skew time and one interval',
};

const routerChanges = (router: RouterStatus, config: RouterConfig): string[] => {
  const down = formatDuration(router.masterDownInterval);
  if (router.aside) return [`regent resume ${router.name}`];
  switch (router.state) {
    case 'master':
      return [
        ...(config.priority === 255
          ? []
          : [`an advertisement of priority above ${router.priority}, or of ${router.priority} from a higher address`]),
        `${config.interface} goes down or loses its address`,
        `regent handover ${router.name}`,
      ];
    case 'backup':
    case 'candidate':
      return [
        router.restraint === undefined
          ? `the master is silent for ${down}, or gives up mastership`
          : `the verdict on the split brain ends: ${router.restraint.reason}`,
        ...(config.preempt && router.master !== undefined
          ? [
              router.heldBack !== undefined && router.master.priority < router.priority
                ? `it is no longer held back: ${router.heldBack}`
                : `its priority, now ${router.priority}, rises above ${router.master.priority} of ${router.master.address}`,
            ]
          : []),
      ];
    case 'leaving':
      return ['its successor advertises, or stays silent for too long'];
    case 'initialize':
      return [`${config.interface} is up and has an address`];
    default:
      return unreachable(router.state);
  }
};

/** @param last its last transition, where known. */
export const explainRouter = (
  router: RouterStatus,
  config: RouterConfig,
  last: RouterTransition | undefined,
): Explanation => ({
  subject: `router ${router.name}`,
  state: router.aside ? `${router.state}, handed over` : router.state,
  since: router.since,
  rule: last === undefined ? 'not known: the change is older than the journal' : rules[last.reason.code],
  decidedBy: router.reason,
  wouldChange: routerChanges(router, config),
});

const inARow = (count: number, what: string): string => (count === 1 ? `one ${what}` : `${count} ${what}s in a row`);

/** Explains what happens to new connections to a server. */
const explainUnchecked = ({ name, health, since, reason }: ServerStatus, service: string): Explanation => ({
  subject: `real server ${name} of ${service}`,
  state: health,
  since,
  rule: 'a server without a check takes connections',
  decidedBy: reason,
  wouldChange: [`regent drain ${name}`],
});

export const explainServer = (server: ServerStatus, service: string, checks: readonly CheckConfig[]): Explanation => {
  const { health, drained, command } = server;
  const [check] = checks;
  if (check === undefined) return explainUnchecked(server, service);
  const every = formatDuration(milliseconds(check.interval));
  const kinds = checks.map(({ type }) => type).join(' and ');
  const last =
    server.latency === undefined
      ? ''
      : `; the last probe ${server.lastError === undefined ? 'succeeded' : `failed (${server.lastError})`} after ${formatDuration(milliseconds(server.latency))}`;
  const verdictChange =
    health === 'down' ? `${inARow(check.rise, 'success')} make it up` : `${inARow(check.fall, 'failure')} make it down`;
  const rule = drained
    ? 'a drained server has weight 0, and leaves the table once no connection is left'
    : health === 'down'
      ? `${inARow(check.fall, 'failure')} of its check, which runs every ${every}, drain a server`
      : health === 'up'
        ? `a server whose ${kinds} check succeeds takes connections`
        : 'a server that was not probed yet keeps its current weight';
  return {
    subject: `real server ${server.name} of ${service}`,
    state: drained ? `drained, ${health}` : health,
    since: drained && command !== undefined ? command.at : server.since,
    rule,
    decidedBy: `${drained && command !== undefined ? `the command drain, given to ${command.by}; its check says: ` : ''}${server.reason}${last}`,
    wouldChange: [...(drained ? [`regent undrain ${server.name}`] : []), verdictChange],
  };
};

const anycastRules: Readonly<Record<AnycastStatus['state'], string>> = {
  announced: 'an entry is announced while the services of its announce_while have their quorum',
  draining: 'a withdrawn entry is served for its drain time, then released',
  released: 'an entry is announced once its services have their quorum and its start_delay has passed',
  unknown: 'an entry stays as it is until the vrrp process has said what it holds',
};

const anycastChanges = ({ name, state, aside }: AnycastStatus, { announceWhile }: AnnouncedConfig): string[] => {
  if (aside) return [`regent resume ${name}`];
  const services = announceWhile.map((service) => `service ${service}`).join(', ');
  return [
    ...(services === '' ? [] : [`${services} ${state === 'announced' ? 'loses its quorum' : 'has its quorum'}`]),
    ...(state === 'announced' ? [`regent handover ${name}`] : []),
  ];
};

/** @param wall now, in milliseconds since the epoch */
export const explainAnycast = (entry: AnycastStatus, config: AnnouncedConfig, wall: number): Explanation => ({
  subject: `anycast ${entry.name}`,
  state: entry.aside
    ? `${entry.state}, handed over`
    : entry.last
      ? `${entry.state}, as the last director`
      : entry.state,
  since: wall - entry.lasted,
  rule: entry.last
    ? 'with keep_last the last director that announces an entry goes on without its services'
    : anycastRules[entry.state],
  decidedBy: entry.reason,
  wouldChange: anycastChanges(entry, config),
});
