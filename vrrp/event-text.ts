// Events of the vrrp process as text for people, in the log, the status and notifications. Pure.

import { formatDuration, milliseconds } from '../base/units.ts';
import { describeUnknown } from '../base/unknown-message.ts';
import { unreachable } from '../base/unreachable.ts';
import { messageLevels, type TakeoverTimings, type VrrpEventBody } from './events.ts';
import type { DropReason } from './protocol/drop-reason.ts';
import type { Refusal } from './protocol/refusals.ts';
import type { Evidence } from './rivals/rivalry.ts';

export type Level = 'error' | 'warn' | 'info' | 'debug';

const describeTakeover = (takeover: TakeoverTimings | undefined): string =>
  takeover === undefined
    ? ''
    : `; addresses after ${formatDuration(takeover.toAddresses)}, announced after ${formatDuration(takeover.toAnnouncement)},` +
      ` advertisement after ${formatDuration(takeover.toAdvertisement)}, timer late by ${formatDuration(takeover.timerLateness)}`;

/** Describes a rival: `192.168.55.12 (priority 100, at 52:54:00:12:34:56 on enp0s9) advertises as master too`. */
export const describeRival = (rival: Evidence): string => {
  const { source, priority, dropped, address, mac, neighbours = [] } = rival;
  if (source !== undefined) {
    const place = mac === undefined ? `on ${rival.interface}` : `at ${mac} on ${rival.interface}`;
    const drop = dropped === undefined ? '' : `, and its advertisements are dropped (${dropped})`;
    return `${source} (priority ${priority}, ${place}) advertises as master too${drop}`;
  }
  const others = neighbours.length === 0 ? '' : `, where ${neighbours.join(', ')} is,`;
  return `${address} is also at ${mac}${others} on ${rival.interface}`;
};

const dropHints: Partial<Record<DropReason, string>> = {
  ttl: ' (it crossed a router, or was sent with a TTL below 255: see min_ttl)',
  'foreign-addresses': ' (another pair has the same virtual router id: give one of them another id)',
};

/** A router that drops a peer's packets may be master beside it, so this is a warning. */
const describeDrop = (event: Extract<VrrpEventBody, { type: 'dropped' }>): readonly [Level, string] => {
  const hint = dropHints[event.reason] ?? '';
  return [
    event.router === undefined ? 'debug' : 'warn',
    `dropped ${event.count} ${event.count === 1 ? 'packet' : 'packets'} from ${event.source} on ${event.interface}: ${event.reason}${hint}`,
  ];
};

const describeRouting = ({
  kind,
  entry,
  change,
}: Extract<VrrpEventBody, { type: 'routing' }>): readonly [Level, string] => {
  if (change === 'restored') return ['warn', `${kind} ${entry} was removed by another program; it is added again`];
  return change === 'cleared'
    ? ['warn', `${kind} ${entry} was left by a crash or by keepalived; it is removed`]
    : ['debug', `${kind} ${entry} ${change}`];
};

const describeAddress = (event: Extract<VrrpEventBody, { type: 'address' }>): readonly [Level, string] => {
  switch (event.change) {
    case 'added':
      return ['debug', `${event.address} added to ${event.interface}`];
    case 'removed':
      return ['debug', `${event.address} removed from ${event.interface}`];
    case 'adopted':
      return [
        'warn',
        `${event.address} was on ${event.interface} already, left by a crash or another program; regent manages it now`,
      ];
    case 'restored':
      return [
        'warn',
        `${event.address} was removed from ${event.interface} by another program; it is added again and announced`,
      ];
    case 'expired':
      return [
        'warn',
        `${event.address} expired on ${event.interface}, because its lease was not renewed in time; it is added again and announced`,
      ];
    case 'recovered':
      return [
        'info',
        `${event.address} is on ${event.interface} now, where the kernel had refused it; it is announced`,
      ];
    default:
      return unreachable(event.change);
  }
};

/** One line for people: what happened, why, and what follows. */
export const describeVrrpEvent = (event: VrrpEventBody): readonly [Level, string] => {
  switch (event.type) {
    case 'transition':
      return [
        event.reason.code === 'fault' || event.reason.code === 'overslept' ? 'warn' : 'info',
        `${event.from} -> ${event.to}: ${event.reason.text}${describeTakeover(event.takeover)}`,
      ];
    case 'master-heard':
      return [
        'info',
        `the master is ${event.master} (priority ${event.priority}${event.dialect ? `, checksum ${event.dialect}` : ''})`,
      ];
    case 'address':
      return describeAddress(event);
    case 'routing':
      return describeRouting(event);
    case 'announced':
      return [
        'debug',
        `addresses announced on ${event.interfaces.join(', ')}: ${event.why}${event.waiting > 0 ? `; ${event.waiting} wait for the rate limit` : ''}`,
      ];
    case 'dropped':
      return describeDrop(event);
    case 'mismatch':
      return ['warn', `${event.source} is configured differently: ${event.text}; its advertisements are accepted`];
    case 'kernel-error':
      return ['error', `${event.message}; it will be tried again`];
    case 'tracked':
      return [event.state === 'down' ? 'warn' : 'info', `${event.item} ${event.reason}`];
    case 'priority':
      return [
        event.to < event.from ? 'warn' : 'info',
        `${event.reasons.join('; ')}: priority ${event.from} -> ${event.to}`,
      ];
    case 'split-brain':
      return event.phase === 'ended'
        ? ['info', `split brain has ended: ${event.text}`]
        : ['warn', `split brain: ${event.text}; this router's addresses are announced again`];
    case 'handover-failed':
      return ['warn', event.message];
    case 'configured':
      return ['info', event.message];
    case 'anycast-announced':
      return ['info', `announces ${event.addresses.join(' ')}: ${event.why}`];
    case 'anycast-draining':
      return [
        'warn',
        `withdraws ${event.addresses.join(' ')}, and serves them for ${formatDuration(event.drain ?? milliseconds(0))} more: ${event.why}`,
      ];
    case 'anycast-released':
      return ['warn', `releases ${event.addresses.join(' ')}: ${event.why}`];
    case 'anycast-restored':
      return ['warn', `${event.addresses.join(' ')} was missing on ${event.interface}, and is there again`];
    case 'sysctl':
    case 'sysctl-failed':
    case 'anycast-interface':
    case 'virtual-mac':
    case 'keys':
    case 'keys-unreadable':
    case 'router-waiting':
    case 'caution':
    case 'controller-lost':
    case 'unknown-message':
    case 'record-unreadable':
    case 'record-unwritten':
    case 'record-written':
    case 'memory-not-locked':
    case 'warning':
    case 'packet-incomplete':
    case 'unreachable':
    case 'reachable':
    case 'local-route':
    case 'raw-sockets':
      return [messageLevels[event.type], event.message];
    default:
      return ['warn', describeUnknown(event)];
  }
};

/** Describes a peer whose advertisements are dropped, or another pair with the same id. */
export const describeRefusal = ({ source, reason }: Refusal, id: number): string => {
  if (reason === 'foreign-addresses')
    return `${source} uses virtual router id ${id} for other addresses, so its advertisements are dropped: give one of the pairs another id`;
  if (reason === 'foreign-accepted')
    return `${source} uses virtual router id ${id} for other addresses, and its advertisements are accepted (address_mismatch: accept): give one of the pairs another id`;
  return `advertisements of ${source} are dropped (${reason}): if ${source} is a peer, both may be master`;
};
