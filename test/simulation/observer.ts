// What the invariants see of a world: every effect of a director, and every change of its routers and its kernel.

import type { AddressEntry } from '../../kernel/route/address-entry.ts';
import type { RouteEntry } from '../../kernel/route/virtual-routes.ts';
import type { VrrpEvent } from '../../vrrp/events.ts';
import type { Machine } from './machine.ts';

export type Observer = {
  /** A rule was broken. */
  readonly fail: (what: string) => void;
  /** A process begins or leaves: what changes after that is explained. */
  readonly happened: () => void;
  /** A process begins that continues no earlier one. */
  readonly began: (machine: Machine) => void;
  /** Any process begins, and reads its record. */
  readonly opened: (machine: Machine) => void;
  /** The last will of a dead process was executed. */
  readonly willed: (machine: Machine) => void;
  /** Its configuration has just changed. */
  readonly configured: (machine: Machine) => void;
  /** A process leaves its place to the next one on its machine. */
  readonly replaced: (machine: Machine) => void;
  /** A process has read an advertisement. */
  readonly heard: (machine: Machine, payload: Uint8Array) => void;
  readonly advertised: (machine: Machine, payload: Uint8Array) => void;
  readonly announced: (machine: Machine, address: string, mac: string) => void;
  /** The process removes an address. */
  readonly withdrawn: (machine: Machine, entry: AddressEntry) => void;
  /** The process adds a route. */
  readonly routed: (machine: Machine, entry: RouteEntry) => void;
  readonly kernelChanged: () => void;
  readonly expired: (machine: Machine, address: string) => void;
  readonly noted: (machine: Machine, event: VrrpEvent) => void;
  readonly turned: (machine: Machine) => void;
};
