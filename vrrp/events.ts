// Events of the vrrp process, as data and as text for the log, the journal and notifications. Pure.

import { formatDuration, type Milliseconds } from '../base/units.ts';
import { describeUnknown } from '../base/unknown-message.ts';
import { unreachable } from '../base/unreachable.ts';
import type { ChecksumDialect } from '../config/model/model.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { Reason } from './election/reason.ts';
import type { DropReason } from './protocol/drop-reason.ts';
import type { Refusal } from './protocol/refusals.ts';
import type { Evidence, Rival } from './rivals/rivalry.ts';
import type { RouterStateName } from './status.ts';
import type { ItemState } from './tracking/judgement.ts';

/** When the parts of a takeover were done, counted from the event that caused it. */
export type TakeoverTimings = {
  readonly toAddresses: Milliseconds;
  readonly toAnnouncement: Milliseconds;
  readonly toAdvertisement: Milliseconds;
  /** Lateness of the timer that caused it; 0 for a packet. */
  readonly timerLateness: Milliseconds;
};

export type VrrpEventBody =
  | {
      readonly type: 'transition';
      readonly router: string;
      readonly from: RouterStateName;
      readonly to: RouterStateName;
      readonly reason: Reason;
      readonly takeover?: TakeoverTimings;
    }
  | {
      readonly type: 'master-heard';
      readonly router: string;
      readonly master: string;
      readonly priority: number;
      readonly dialect?: ChecksumDialect;
    }
  | {
      readonly type: 'address';
      readonly router: string;
      readonly interface: string;
      /** With its prefix length. */
      readonly address: string;
      /**
       * Adopted: it was there before the start. Restored: another program had removed it. Expired: its lease was not renewed in
       * time, and it is back. Recovered: the kernel had refused it.
       */
      readonly change: 'added' | 'removed' | 'adopted' | 'restored' | 'expired' | 'recovered';
    }
  | {
      readonly type: 'path';
      readonly router: string;
      readonly kind: 'route' | 'rule';
      /** Readable text of the route or rule. */
      readonly path: string;
      /** Cleared: it was left by a crash or by keepalived. Restored: another program had removed it. */
      readonly change: 'added' | 'removed' | 'cleared' | 'restored';
    }
  | {
      readonly type: 'announced';
      readonly router: string;
      readonly interfaces: readonly string[];
      readonly why: string;
      /** How many announcements of this host wait for the rate limit. */
      readonly waiting: number;
    }
  | {
      readonly type: 'dropped';
      readonly router?: string;
      readonly interface: string;
      /** Other sources: their reports exceeded the rate limit. */
      readonly source: IpAddress | 'other sources';
      readonly reason: DropReason;
      /** How many since the last such event. */
      readonly count: number;
    }
  /** A tracked item has changed. */
  | { readonly type: 'tracked'; readonly item: string; readonly state: ItemState['state']; readonly reason: string }
  | {
      readonly type: 'priority';
      readonly router: string;
      readonly from: number;
      readonly to: number;
      readonly reasons: readonly string[];
    }
  /** Another master is seen beside this one. Widened: one more, or the same by other evidence. */
  | {
      readonly type: 'split-brain';
      readonly router: string;
      readonly phase: 'begun' | 'widened' | 'ended';
      /** The rivals seen now, or until the end. */
      readonly rivals: readonly Rival[];
      /** Readable evidence, or why it has ended. */
      readonly text: string;
    }
  /** A handover found no successor: the router is master again, and no longer stands aside. */
  | { readonly type: 'handover-failed'; readonly router: string; readonly message: string }
  /** An accepted advertisement differs from this router's configuration. */
  | { readonly type: 'mismatch'; readonly router: string; readonly source: IpAddress; readonly text: string }
  /** A kernel setting of an interface was changed; an interface with a virtual MAC was made or removed. */
  | { readonly type: 'sysctl'; readonly router?: string; readonly message: string }
  | { readonly type: 'virtual-mac'; readonly router: string; readonly message: string }
  | { readonly type: 'keys'; readonly router: string; readonly message: string }
  | { readonly type: 'kernel-error'; readonly router?: string; readonly message: string }
  | { readonly type: 'warning'; readonly router?: string; readonly message: string }
  | { readonly type: 'configured'; readonly routers: number; readonly message: string };

/** An event of the vrrp process; `at` is wall time in milliseconds since the epoch. */
export type VrrpEvent = VrrpEventBody & { readonly at: number };

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
    case 'path':
      return describePath(event);
    case 'announced':
      return [
        'debug',
        `addresses announced on ${event.interfaces.join(', ')}: ${event.why}${event.waiting > 0 ? `; ${event.waiting} wait for the rate limit` : ''}`,
      ];
    case 'dropped':
      return describeDrop(event);
    case 'mismatch':
      return ['warn', `${event.source} is configured otherwise: ${event.text}; its advertisements count`];
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
    case 'warning':
      return ['warn', event.message];
    case 'sysctl':
    case 'virtual-mac':
    case 'keys':
    case 'configured':
      return ['info', event.message];
    default:
      return ['warn', describeUnknown(event)];
  }
};

/** Describes a peer whose advertisements are dropped, or another pair with the same id. */
export const describeRefusal = ({ source, reason }: Refusal, id: number): string => {
  if (reason === 'foreign-addresses')
    return `${source} uses the virtual router id ${id} for none of its addresses, and is not heard: give one of the pairs another id`;
  if (reason === 'foreign-accepted')
    return `${source} uses the virtual router id ${id} for none of its addresses, and its advertisements count (address_mismatch: accept): give one of the pairs another id`;
  return `advertisements of ${source} are dropped (${reason}): if it is its peer, both may be master`;
};

const dropHints: Partial<Record<DropReason, string>> = {
  ttl: ' (it crossed a router, or its sender sends less than 255: see min_ttl)',
  'foreign-addresses': ' (another pair has the same virtual router id: give one of them another)',
};

/** A router that drops a peer's packets may be master beside it, so this is a warning. */
const describeDrop = (event: Extract<VrrpEventBody, { type: 'dropped' }>): readonly [Level, string] => {
  const hint = dropHints[event.reason] ?? '';
  return [
    event.router === undefined ? 'debug' : 'warn',
    `dropped ${event.count} from ${event.source} on ${event.interface}: ${event.reason}${hint}`,
  ];
};

const describePath = ({ kind, path, change }: Extract<VrrpEventBody, { type: 'path' }>): readonly [Level, string] => {
  if (change === 'restored') return ['warn', `${kind} ${path} was removed by somebody else; it is back`];
  return change === 'cleared'
    ? ['warn', `${kind} ${path} was there already (left by a crash or by keepalived); it is removed`]
    : ['debug', `${kind} ${path} ${change}`];
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
        `${event.address} was on ${event.interface} already (left by a crash or another program); it is ours now`,
      ];
    case 'restored':
      return [
        'warn',
        `${event.address} was removed from ${event.interface} by somebody else; it is back and announced`,
      ];
    case 'expired':
      return [
        'warn',
        `${event.address} ended on ${event.interface}, since its lease was not renewed in time; it is back and announced`,
      ];
    case 'recovered':
      return ['info', `${event.address} could be added to ${event.interface} now; it is announced`];
    default:
      return unreachable(event.change);
  }
};
