// What the routers need from outside: in the process that is the kernel, in tests a simulated network.

import type { Clock, Instant, Milliseconds } from '../base/units.ts';
import type { WantedInterfaceSetting } from '../config/model/interface-settings.ts';
import type { Change } from '../kernel/diff.ts';
import type { AddressEntry } from '../kernel/route/address-entry.ts';
import type { Arrival, Arriving } from '../kernel/route/arrivals.ts';
import type { MacvlanEntry } from '../kernel/route/macvlans.ts';
import type { RouteEntry } from '../kernel/route/virtual-routes.ts';
import type { RuleEntry } from '../kernel/route/virtual-rules.ts';
import type { Announcement } from '../kernel/sockets/announcer.ts';
import type { Endpoints } from '../net/checksum.ts';
import type { Family, IpAddress } from '../net/ip-address.ts';
import type { KeyFile } from './protocol/key-file.ts';
import type { PacketHeader } from './protocol/packet.ts';

export type Interface = {
  readonly name: string;
  readonly index: number;
  readonly mac: string | undefined;
  readonly up: boolean;
  /** Administratively up, with or without carrier. */
  readonly enabled?: boolean;
  /** The VRF that it belongs to. */
  readonly vrf?: string;
  /** The bridge or bond that it is a port of, which takes all that arrives, as text: `bridge br0`. */
  readonly taker?: string;
  /** It neither asks nor answers by ARP or neighbour discovery. */
  readonly noArp?: true;
};

/** What the kernel would do with packets to an address, asked without sending one. @throws with a readable message. */
export type Answering = {
  readonly hasLocalRoute: (address: IpAddress, interfaceIndex: number) => boolean;
  /** Adds it again: IPv4, outside of a VRF. */
  readonly addLocalRoute: (address: IpAddress, interfaceIndex: number) => void;
  readonly arrivalOf: (arriving: Arriving) => Arrival;
  /** The index of the interface by which an answer would leave. */
  readonly answerBy: (arriving: Omit<Arriving, 'interfaceIndex'>) => number | undefined;
  /** A kernel setting; undefined where there is none of that name. */
  readonly setting: (name: string) => string | undefined;
};

export type ReceivedPacket = PacketHeader & { readonly payload: Uint8Array };

export type Wire = {
  /** The bytes of a payload must not change. @throws with a readable message if the kernel refuses. */
  send(payload: Uint8Array, endpoints: Endpoints): void;
  close(): void;
};

/** A kernel table that regent writes to; it lists only entries that may be regent's own. */
export type PathTable<Entry> = {
  readonly list: () => readonly Entry[];
  readonly apply: (changes: readonly Change<Entry>[]) => readonly {
    readonly change: Change<Entry>;
    readonly error: { readonly message: string } | undefined;
  }[];
};

/** One change of an address and, if the kernel refused it, why. */
export type AddressResult = {
  readonly change: Change<AddressEntry>;
  readonly error: { readonly message: string } | undefined;
};

export type Ports = {
  readonly clock: Clock;
  /** Wall time in milliseconds since the epoch, which authenticated packets carry. */
  readonly wall: () => number;
  /** Calls back in a later turn of the loop. */
  readonly soon: (callback: () => void) => void;
  /**
   * Calls back at an instant, or as soon after it as the host can. `stood` is how much later than requested the process woke
   * up, before the instant or after.
   * @param isUrgent spends a millisecond of processor time to be accurate to a fraction of one.
   * @returns a function that cancels it.
   */
  readonly at: (instant: Instant, callback: (stood: Milliseconds) => void, isUrgent: boolean) => () => void;
  readonly interfaces: () => readonly Interface[];
  readonly addresses: {
    /** The kernel's addresses, without a query: the same array as before exactly while they are the same. */
    readonly list: () => readonly AddressEntry[];
    /** Does what `apply` does before it calls the kernel. */
    readonly prepare: (changes: readonly Change<AddressEntry>[]) => void;
    readonly apply: (changes: readonly Change<AddressEntry>[]) => readonly AddressResult[];
    /** Like `apply`, in the background. `done` is called once: in a later turn, or by `settle`. */
    readonly applySoon: (
      changes: readonly Change<AddressEntry>[],
      done: (results: readonly AddressResult[]) => void,
    ) => void;
    /** Waits until `applySoon` is done. */
    readonly settle: () => void;
  };
  /** Absent where no kernel can be asked. */
  readonly answering?: Answering;
  readonly macvlans: PathTable<MacvlanEntry>;
  /** Changes an IPv4 setting of the host's interface, which is restored at the end. @throws with a readable message. */
  readonly setInterface: (setting: WantedInterfaceSetting) => void;
  /** Sets a kernel setting. @returns the old value, if it was another. @throws with a readable message. */
  readonly setSysctl: (name: string, value: string, reason: string) => string | undefined;
  readonly routes: PathTable<RouteEntry>;
  readonly rules: PathTable<RuleEntry>;
  readonly announce: (list: readonly Announcement[]) => readonly { readonly message: string }[];
  /** Does what `announce` does before it sends. */
  readonly prepareAnnouncements: (list: readonly Announcement[]) => void;
  /** Listens on a link for claims that an address is at a MAC. @throws with a readable message if the kernel refuses. */
  readonly watchClaims: (
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
  /** Makes the kernel resolve a neighbour's MAC. */
  readonly askNeighbour: (address: IpAddress, interfaceIndex: number) => void;
  readonly openWire: (
    link: Interface,
    use: { readonly family: Family; readonly joinsGroup: boolean },
    /** Called with those that have arrived together. */
    onPackets: (packets: readonly ReceivedPacket[]) => void,
    onError: (message: string) => void,
  ) => Wire;
  readonly readKeys: (path: string) => KeyFile;
  /** Keys of addresses and other entries that earlier configurations named. */
  readonly remembered: () => ReadonlySet<string>;
  /** Why the record of these keys is not on disk; undefined if it is. */
  readonly recordFault?: () => string | undefined;
};
