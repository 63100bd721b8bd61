// Events of the vrrp process, as data.

import type { Milliseconds } from '../base/units.ts';
import type { ChecksumDialect } from '../config/model/model.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { Reason } from './election/reason.ts';
import type { DropReason } from './protocol/drop-reason.ts';
import type { Rival } from './rivals/rivalry.ts';
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

/** Events that are a text alone, with their levels. */
export const messageLevels = {
  /** A kernel setting was changed or restored. */
  sysctl: 'info',
  'sysctl-failed': 'warn',
  /** An interface with a virtual MAC was made or removed. */
  'virtual-mac': 'info',
  /** The interface for anycast addresses was made or removed. */
  'anycast-interface': 'info',
  keys: 'info',
  'keys-unreadable': 'warn',
  'router-waiting': 'warn',
  /** A configuration that runs all the same. */
  caution: 'warn',
  'controller-lost': 'warn',
  'unknown-message': 'warn',
  'record-unreadable': 'warn',
  'record-unwritten': 'error',
  'record-written': 'info',
  'kernel-error': 'error',
  'memory-not-locked': 'warn',
  /** Of a vrrp of an older build. */
  warning: 'warn',
  'packet-incomplete': 'warn',
  /** A master holds an address that this host does not answer for, or answers for again. */
  unreachable: 'warn',
  reachable: 'info',
  /** The kernel's own route to an address was removed, and the address was added again with it. */
  'local-route': 'warn',
  /** Raw sockets are opened by system calls, without the package raw-socket. */
  'raw-sockets': 'info',
} as const;

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
      readonly type: 'routing';
      readonly router: string;
      readonly kind: 'route' | 'rule';
      /** Readable text of the route or rule. */
      readonly entry: string;
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
  /** An accepted advertisement differs from this router's configuration. */
  | { readonly type: 'mismatch'; readonly router: string; readonly source: IpAddress; readonly text: string }
  /** A handover found no successor: the router is master again, and no longer stands aside. */
  | { readonly type: 'handover-failed'; readonly router: string; readonly message: string }
  /** Addresses of an entry of `anycast` have changed their state. */
  | {
      readonly type: 'anycast-announced' | 'anycast-draining' | 'anycast-released';
      readonly anycast: string;
      readonly addresses: readonly string[];
      readonly why: string;
      /** How long they are served, while they drain. */
      readonly drain?: Milliseconds | undefined;
    }
  /** Addresses were missing: another program had removed them, or their lease had run out. */
  | {
      readonly type: 'anycast-restored';
      readonly anycast: string;
      readonly addresses: readonly string[];
      readonly interface: string;
    }
  | { readonly type: 'configured'; readonly routers: number; readonly message: string }
  | { readonly type: keyof typeof messageLevels; readonly router?: string; readonly message: string };

/** An event of the vrrp process; `at` is wall time in milliseconds since the epoch. */
export type VrrpEvent = VrrpEventBody & { readonly at: number };
