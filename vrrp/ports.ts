// What the routers need of the outside world; the process gives them the kernel, tests a simulated network.

import type { Clock, Instant, Milliseconds } from '../base/units.ts';
import type { WantedInterfaceSetting } from '../config/model/interface-settings.ts';
import type { Change } from '../kernel/diff.ts';
import type { AddressEntry } from '../kernel/route/addresses.ts';
import type { MacvlanEntry } from '../kernel/route/macvlans.ts';
import type { RouteEntry } from '../kernel/route/virtual-routes.ts';
import type { RuleEntry } from '../kernel/route/virtual-rules.ts';
import type { Announcement } from '../kernel/sockets/announcer.ts';
import type { Endpoints } from '../net/checksum.ts';
import type { Family, IpAddress } from '../net/ip-address.ts';
import type { KeyFile } from './protocol/key-file.ts';
import type { PacketPath } from './protocol/packet.ts';

export type Interface = {
  readonly name: string;
  readonly index: number;
  readonly mac: string | undefined;
  readonly up: boolean;
  /** Set up, with a carrier or without. */
  readonly enabled?: boolean;
  /** The VRF that it is a port of. */
  readonly vrf?: string;
};

export type Wire = {
  /** @throws Error in words when the kernel refuses. */
  send(payload: Uint8Array, endpoints: Endpoints): void;
  close(): void;
};

/** A kind of things in the kernel that regent makes: those of them that may be its own. */
export type PathTable<Entry> = {
  readonly list: () => readonly Entry[];
  readonly apply: (changes: readonly Change<Entry>[]) => readonly {
    readonly change: Change<Entry>;
    readonly error: { readonly message: string } | undefined;
  }[];
};

/** One change of an address and, where the kernel refused it, why. */
export type AddressResult = {
  readonly change: Change<AddressEntry>;
  readonly error: { readonly message: string } | undefined;
};

export type Ports = {
  readonly clock: Clock;
  /** Milliseconds since the epoch, which authenticated packets carry. */
  readonly wall: () => number;
  /**
   * Calls back at an instant, or as soon after it as the host can. It tells how much later than it wanted to it was let go on, be it
   * before the instant or after.
   * @param isUrgent worth a millisecond of processor time to be on time by a fraction of one.
   * @returns how to call it off.
   */
  readonly at: (instant: Instant, callback: (stood: Milliseconds) => void, isUrgent: boolean) => () => void;
  readonly interfaces: () => readonly Interface[];
  readonly addresses: {
    /** As the kernel has them, without asking it. */
    readonly list: () => readonly AddressEntry[];
    /** Does what `apply` does before it speaks to the kernel. */
    readonly prepare: (changes: readonly Change<AddressEntry>[]) => void;
    readonly apply: (changes: readonly Change<AddressEntry>[]) => readonly AddressResult[];
    /** Does what `apply` does while this process goes on. `done` is called once: in a later turn, or out of `settle`. */
    readonly applySoon: (
      changes: readonly Change<AddressEntry>[],
      done: (results: readonly AddressResult[]) => void,
    ) => void;
    /** Waits for what `applySoon` has begun. */
    readonly settle: () => void;
  };
  readonly macvlans: PathTable<MacvlanEntry>;
  /** Sets an IPv4 setting of an interface of the host, which is put back at the end. @throws Error in words. */
  readonly setInterface: (setting: WantedInterfaceSetting) => void;
  /** Sets a kernel setting. @returns what it was, where that was something else. @throws Error in words. */
  readonly setSysctl: (name: string, value: string, reason: string) => string | undefined;
  readonly routes: PathTable<RouteEntry>;
  readonly rules: PathTable<RuleEntry>;
  readonly announce: (list: readonly Announcement[]) => readonly { readonly message: string }[];
  /** Does what `announce` does before it sends. */
  readonly prepareAnnouncements: (list: readonly Announcement[]) => void;
  /** Hears on a link who says that one of the addresses is at its MAC. @throws Error in words when the kernel refuses. */
  readonly openEar: (
    interfaceIndex: number,
    addresses: readonly IpAddress[],
    onClaim: (claim: { readonly address: IpAddress; readonly mac: string }) => void,
  ) => { readonly close: () => void };
  /** Neighbours whose MAC the kernel knows. */
  readonly neighbours: () => readonly {
    readonly interfaceIndex: number;
    readonly address: IpAddress;
    readonly mac: string;
  }[];
  /** Has the kernel find out where a neighbour is. */
  readonly askNeighbour: (address: IpAddress, interfaceIndex: number) => void;
  readonly openWire: (
    link: Interface,
    use: { readonly family: Family; readonly joinsGroup: boolean },
    onPacket: (payload: Uint8Array, path: PacketPath) => void,
    onError: (message: string) => void,
  ) => Wire;
  readonly readKeys: (path: string) => KeyFile;
  /** Keys of addresses that earlier configurations named. */
  readonly remembered: () => ReadonlySet<string>;
  /** Why what is remembered is not on disk; undefined where it is. */
  readonly recordFault?: () => string | undefined;
};
