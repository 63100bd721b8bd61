// The status of routers, BFD sessions and interfaces: plain data, which crosses a socket as JSON.

import type { Milliseconds } from '../base/units.ts';
import type { ChecksumDialect } from '../config/model/model.ts';
import type { Family, IpAddress } from '../net/ip-address.ts';
import type { ControlDropReason } from './bfd/packet.ts';
import type { Session } from './bfd/session.ts';
import type { Restraint } from './election/parameters.ts';
import type { NewMasterReason } from './election/reason.ts';
import type { LatenessTally } from './lateness.ts';
import type { DropReason, Mismatch } from './protocol/drop-reason.ts';
import type { Refusal } from './protocol/refusals.ts';
import type { Rival } from './rivals/rivalry.ts';
import type { PriorityJudgement } from './tracking/judgement.ts';
import type { TrackedStatus } from './tracking/tracker.ts';

export type RouterStateName = 'initialize' | 'backup' | 'candidate' | 'master' | 'leaving';

export type ProtocolError = 'none' | 'ttl' | 'version' | 'checksum';

export type RouterStatus = {
  readonly name: string;
  readonly interface: string;
  readonly virtualRouterId: number;
  readonly version: 2 | 3;
  readonly family: Family;
  /** Where it sends its advertisements, and from which address while it is attached. */
  readonly destinations: readonly string[];
  readonly source?: IpAddress;
  /** What it advertises: its base priority plus the weights of tracked items. */
  readonly priority: number;
  readonly basePriority: number;
  readonly priorityChanges: PriorityJudgement['changes'];
  /** Why it may not run, and what it waits for before it starts. */
  readonly faults: readonly string[];
  readonly awaited: readonly string[];
  readonly tracked: readonly TrackedStatus[];
  readonly state: RouterStateName;
  /** Wall time of the last transition, milliseconds since the epoch. */
  readonly since: number;
  /** How long ago that was, by the monotonic clock; absent from older builds. */
  readonly lasted?: Milliseconds;
  readonly reason: string;
  /** Present while it stands aside by command. */
  readonly aside?: true;
  /** It hears no master, and has waited for its sync group for longer than an election takes. */
  readonly stuck?: true;
  /** Why it does not preempt for now. */
  readonly heldBack?: string;
  /** Why a verdict on a split brain keeps it from being master. */
  readonly restraint?: Restraint;
  /** That kept it from taking over when its master down interval was over, and it has heard no master since. */
  readonly withheld?: true;
  readonly addresses: readonly string[];
  /** What it should hold and does not, and why; absent if it holds all. */
  readonly missing?: readonly { readonly what: string; readonly why: string }[];
  /** Its virtual routes and rules as readable text; a master has put them into the kernel. */
  readonly routes: readonly string[];
  readonly rules: readonly string[];
  readonly masterDownInterval: Milliseconds;
  /** Lifetime of the addresses in the kernel, in seconds; absent if they have none. */
  readonly lease?: number;
  readonly master?: { readonly address: IpAddress; readonly priority: number; readonly dialect?: ChecksumDialect };
  /** Wall time at which the following counts began, milliseconds since the epoch. */
  readonly countedSince: number;
  readonly sent: number;
  readonly received: number;
  /** Advertisements of priority 0. */
  readonly farewellsSent: number;
  readonly farewellsReceived: number;
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  /** Accepted advertisements that differ from this router's configuration. */
  readonly mismatched: Readonly<Partial<Record<Mismatch, number>>>;
  /** Recent sources whose advertisements are dropped or belong to another pair; absent while there are none. */
  readonly refusals?: readonly Refusal[];
  readonly transitionsToMaster: number;
  /** Why it last became master, as in RFC 6527 (vrrpv3StatisticsNewMasterReason). */
  readonly newMasterReason: NewMasterReason;
  /** The last packet with a protocol error, as in RFC 6527 (vrrpv3StatisticsProtoErrReason). */
  readonly protocolError: ProtocolError;
  /** Worst lateness of an advertisement timer since the start. */
  readonly worstLateness: Milliseconds;
  /** How late its advertisements left after they were due. */
  readonly advertisementLateness: LatenessTally;
  /** Other masters seen beside it, and how many split brains have begun. */
  readonly rivals: readonly Rival[];
  readonly splitBrains: number;
};

export type BfdStatus = {
  readonly name: string;
  readonly peer: IpAddress;
  readonly state: Session['name'];
  readonly diagnostic: Session['diagnostic'];
  /** How long its peer may be silent. */
  readonly detectionTime: Milliseconds;
  readonly sent: number;
  readonly received: number;
  readonly dropped: Readonly<Partial<Record<ControlDropReason, number>>>;
};

/** The anycast addresses of this host, as the kernel holds them. */
export type AnycastHeld = {
  /** The interface whose addresses the routing daemon exports. */
  readonly interface: string;
  /** Lifetime of the addresses in the kernel. */
  readonly lease: Milliseconds;
  /** Why nothing can be announced. */
  readonly fault?: string;
  readonly addresses: readonly {
    /** The name of its entry in the configuration. */
    readonly name: string;
    /** With its prefix length. */
    readonly address: string;
    /** Draining: withdrawn, yet served. */
    readonly state: 'announced' | 'draining' | 'released';
    /** For how long it has been in this state. */
    readonly lasted: Milliseconds;
    /** Until a drain ends. */
    readonly left?: Milliseconds;
    /** Why the kernel does not hold it although it should. */
    readonly missing?: string;
  }[];
};

/** Packets on an interface for no router of this host. */
export type InterfaceStatus = {
  readonly interface: string;
  readonly family: Family;
  /** Wall time at which the counts began, milliseconds since the epoch. */
  readonly countedSince: number;
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
};
