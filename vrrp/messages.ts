// What the controller and the vrrp process say to each other. Everything here crosses a socket as JSON.

import type { ChecksumDialect, Family, VrrpConfig } from '../config/model.ts';
import { formatDuration, type Milliseconds } from '../config/units.ts';
import type { AddressEntry } from '../kernel/addresses.ts';
import type { RouteEntry } from '../kernel/virtual-routes.ts';
import type { RuleEntry } from '../kernel/virtual-rules.ts';
import type { ControlDropReason } from './bfd/packet.ts';
import type { Session } from './bfd/session.ts';
import type { DropReason, Mismatch } from './drop-reason.ts';
import type { Legacy } from './legacy.ts';
import type { Reason } from './reason.ts';
import type { Evidence, Rival } from './rivalry.ts';
import type { ItemState, Judgement } from './tracking/judgement.ts';
import type { TrackedStatus } from './tracking/tracker.ts';

export type RouterStateName = 'initialize' | 'backup' | 'candidate' | 'master' | 'leaving';

export type ToVrrp =
  | {
      readonly type: 'configure';
      readonly director: string;
      readonly config: VrrpConfig;
      readonly stateDirectory: string;
      /** Routers that stand aside by command: they leave mastership, and take no part until they are named no more. */
      readonly aside: readonly string[];
      /** Why no router may preempt for now; absent where each does as it is configured. */
      readonly heldBack?: string;
      /** What the process before this one left; a process that runs already has its own. */
      readonly legacy?: Legacy;
    }
  /** What the controller sees of a tracked item: a script, a process, a file or a service. */
  | TrackMessage
  /** End at once, and leave mastership and addresses to the next process on this host. */
  | { readonly type: 'make-way' }
  /** Leave every mastership, make-before-break, and end. */
  | { readonly type: 'stop' };

export type TrackMessage = { readonly type: 'track'; readonly item: string } & ItemState;

export type FromVrrp =
  | { readonly type: 'event'; readonly event: VrrpEvent }
  | { readonly type: 'status'; readonly routers: readonly RouterStatus[] }
  | { readonly type: 'bfd'; readonly sessions: readonly BfdStatus[] }
  | { readonly type: 'interfaces'; readonly interfaces: readonly InterfaceStatus[] }
  /** What the controller must do in this process's name should it die. */
  | { readonly type: 'will'; readonly will: Will }
  /** The process ends, and this is for the next one. */
  | { readonly type: 'legacy'; readonly legacy: Legacy }
  /** Every mastership has been left; the process ends. */
  | { readonly type: 'left' };

/** The last will of a vrrp process: farewells to send, and rules, routes and addresses to remove. */
export type Will = {
  readonly rules: readonly RuleEntry[];
  readonly routes: readonly RouteEntry[];
  readonly addresses: readonly AddressEntry[];
  readonly farewells: readonly Farewell[];
};

export type Farewell = {
  readonly router: string;
  readonly interface: string;
  readonly interfaceIndex: number;
  readonly family: Family;
  readonly source: string;
  readonly destination: string;
  /** The advertisement of priority 0, base64. */
  readonly payload: string;
};

/** How long the parts of a takeover took, counted from the event that caused it. */
export type TakeoverTimings = {
  readonly toAddresses: Milliseconds;
  readonly toAnnouncement: Milliseconds;
  readonly toAdvertisement: Milliseconds;
  /** How late the timer fired that caused it; 0 for a packet. */
  readonly timerLateness: Milliseconds;
};

type EventBody =
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
      readonly address: string;
      /** Adopted: it was there before we were. Restored: somebody had removed it. */
      readonly change: 'added' | 'removed' | 'adopted' | 'restored';
    }
  | {
      readonly type: 'path';
      readonly router: string;
      readonly kind: 'route' | 'rule';
      /** As it reads for people. */
      readonly path: string;
      /** Cleared: left by a crash or by keepalived. Restored: somebody had removed it. */
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
      readonly source: string;
      readonly reason: DropReason;
      /** How many since the last such event. */
      readonly count: number;
    }
  /** An item that a router tracks has changed. */
  | { readonly type: 'tracked'; readonly item: string; readonly state: ItemState['state']; readonly reason: string }
  | {
      readonly type: 'priority';
      readonly router: string;
      readonly from: number;
      readonly to: number;
      readonly reasons: readonly string[];
    }
  /** Another master is seen beside this one. Widened: yet another, or the same in another way. */
  | {
      readonly type: 'split-brain';
      readonly router: string;
      readonly phase: 'begun' | 'widened' | 'ended';
      /** Who is seen, or was until the end. */
      readonly rivals: readonly Rival[];
      /** The evidence in words, or why it has ended. */
      readonly text: string;
    }
  /** A handover found no successor: the router rules again, and stands aside no longer. */
  | { readonly type: 'handover-failed'; readonly router: string; readonly message: string }
  /** An advertisement that counts differs from this router's configuration. */
  | { readonly type: 'mismatch'; readonly router: string; readonly source: string; readonly text: string }
  /** A kernel setting was changed for an interface of regent's own; an interface with a virtual MAC was made or removed. */
  | { readonly type: 'sysctl' | 'virtual-mac'; readonly router: string; readonly message: string }
  | { readonly type: 'keys'; readonly router: string; readonly message: string }
  | { readonly type: 'kernel-error'; readonly router?: string; readonly message: string }
  | { readonly type: 'warning'; readonly router?: string; readonly message: string }
  | { readonly type: 'configured'; readonly routers: number; readonly message: string };

/** One thing that happened in the vrrp process; `at` is wall time in milliseconds since the epoch. */
export type VrrpEvent = EventBody & { readonly at: number };
export type VrrpEventBody = EventBody;

/** Counted in classes: one more count than there are bounds, for what exceeds them all. */
export type LatenessTally = {
  readonly bounds: readonly Milliseconds[];
  readonly counts: readonly number[];
  readonly sum: Milliseconds;
};

export type RouterStatus = {
  readonly name: string;
  readonly interface: string;
  readonly virtualRouterId: number;
  readonly version: 2 | 3;
  readonly family: Family;
  /** Where it sends its advertisements, and the address it sends them from while it can. */
  readonly destinations: readonly string[];
  readonly source?: string;
  /** What it advertises: its base priority and the weights of what it tracks. */
  readonly priority: number;
  readonly basePriority: number;
  readonly priorityChanges: Judgement['changes'];
  /** Why it may not run, and what it waits for before it starts. */
  readonly faults: readonly string[];
  readonly awaited: readonly string[];
  readonly tracked: readonly TrackedStatus[];
  readonly state: RouterStateName;
  /** Wall time of the last transition, milliseconds since the epoch. */
  readonly since: number;
  readonly reason: string;
  /** Present while it stands aside by command. */
  readonly aside?: true;
  /** Why it does not preempt for now. */
  readonly heldBack?: string;
  readonly addresses: readonly string[];
  /** Its virtual routes and rules, in words; a master has put them into the kernel. */
  readonly routes: readonly string[];
  readonly rules: readonly string[];
  readonly masterDownInterval: Milliseconds;
  /** Length of the kernel lifetime of the addresses in seconds; absent when they have none. */
  readonly lease?: number;
  readonly master?: { readonly address: string; readonly priority: number; readonly dialect?: ChecksumDialect };
  /** Wall time since which the following is counted, milliseconds since the epoch. */
  readonly countedSince: number;
  readonly sent: number;
  readonly received: number;
  /** Advertisements of priority 0. */
  readonly farewellsSent: number;
  readonly farewellsReceived: number;
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  /** Advertisements that counted although something in them differs from this router's configuration. */
  readonly mismatched: Readonly<Partial<Record<Mismatch, number>>>;
  readonly transitionsToMaster: number;
  /** Why it last became master, as RFC 6527 tells it (vrrpv3StatisticsNewMasterReason). */
  readonly newMasterReason: NewMasterReason;
  /** The last packet that could not be a virtual router's at all, as RFC 6527 tells it (vrrpv3StatisticsProtoErrReason). */
  readonly protocolError: ProtocolError;
  /** Worst lateness of an advertisement timer since the start. */
  readonly worstLateness: Milliseconds;
  /** How late its advertisements left after they were due. */
  readonly advertisementLateness: LatenessTally;
  /** Other masters that are seen beside it, and how often such a time has begun. */
  readonly rivals: readonly Rival[];
  readonly splitBrains: number;
};

export type BfdStatus = {
  readonly name: string;
  readonly peer: string;
  readonly state: Session['name'];
  readonly diagnostic: Session['diagnostic'];
  /** How long its peer may be silent. */
  readonly detectionTime: Milliseconds;
  readonly sent: number;
  readonly received: number;
  readonly dropped: Readonly<Partial<Record<ControlDropReason, number>>>;
};

/** What came in on an interface and was for no router of this host. */
export type InterfaceStatus = {
  readonly interface: string;
  readonly family: Family;
  /** Wall time since which is counted, milliseconds since the epoch. */
  readonly countedSince: number;
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
};

export type NewMasterReason = 'not-master' | 'priority' | 'preempted' | 'master-no-response';
export type ProtocolError = 'none' | 'ttl' | 'version' | 'checksum';

export type Level = 'error' | 'warn' | 'info' | 'debug';

const describeTakeover = (takeover: TakeoverTimings | undefined): string =>
  takeover === undefined
    ? ''
    : `; addresses after ${formatDuration(takeover.toAddresses)}, announced after ${formatDuration(takeover.toAnnouncement)},` +
      ` advertisement after ${formatDuration(takeover.toAdvertisement)}, timer late by ${formatDuration(takeover.timerLateness)}`;

/** A rival in words: `192.168.55.12 (priority 100, at 52:54:00:12:34:56 on enp0s9) advertises as master too`. */
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
    default: {
      const never: never = event;
      throw new Error(`Unreachable: ${JSON.stringify(never)}`);
    }
  }
};

/** A router that hears a peer and does not believe it may rule beside it: that is for everybody to know. */
const describeDrop = (event: Extract<EventBody, { type: 'dropped' }>): readonly [Level, string] => {
  const hint = event.reason === 'ttl' ? ' (it crossed a router, or its sender sends less than 255: see min_ttl)' : '';
  return [
    event.router === undefined ? 'debug' : 'warn',
    `dropped ${event.count} from ${event.source} on ${event.interface}: ${event.reason}${hint}`,
  ];
};

const describePath = ({ kind, path, change }: Extract<EventBody, { type: 'path' }>): readonly [Level, string] => {
  if (change === 'restored') return ['warn', `${kind} ${path} was removed by somebody else; it is back`];
  return change === 'cleared'
    ? ['warn', `${kind} ${path} was there already (left by a crash or by keepalived); it is removed`]
    : ['debug', `${kind} ${path} ${change}`];
};

const describeAddress = (event: Extract<EventBody, { type: 'address' }>): readonly [Level, string] => {
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
    default: {
      const never: never = event.change;
      throw new Error(`Unreachable: ${never}`);
    }
  }
};
