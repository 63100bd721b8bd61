// Messages between the controller and the vrrp process, and their decoders: everything here crosses a socket as JSON.

import type { Milliseconds } from '../base/units.ts';
import { decoderOf } from '../channel/shape.ts';
import type { VrrpConfig } from '../config/model/model.ts';
import type { AddressEntry } from '../kernel/route/address-entry.ts';
import type { RouteEntry } from '../kernel/route/virtual-routes.ts';
import type { RuleEntry } from '../kernel/route/virtual-rules.ts';
import type { Family, IpAddress } from '../net/ip-address.ts';
import type { AnycastOrders } from './anycast/standing.ts';
import type { Restraint } from './election/parameters.ts';
import type { VrrpEvent } from './events.ts';
import type { Handoff } from './handoff/process-handoff.ts';
import type { AnycastHeld, BfdStatus, InterfaceStatus, RouterStatus } from './status.ts';
import type { ItemState } from './tracking/judgement.ts';

export type ToVrrp =
  | {
      readonly type: 'configure';
      readonly director: string;
      readonly config: VrrpConfig;
      readonly stateDirectory: string;
      /** Routers that stand aside by command: they leave mastership and the election until they are no longer named. */
      readonly aside: readonly string[];
      /** Why no router may preempt for now; absent if each follows its configuration. */
      readonly heldBack?: string;
      /** The routers that a verdict on a split brain restrains; absent while there is none, which changes nothing. */
      readonly restraints?: readonly RouterRestraint[];
      /** The previous process's state; ignored by a running process, which has its own. */
      readonly handoff?: Handoff;
    }
  /** What the controller wants of the anycast addresses: all of them, each time. */
  | ({ readonly type: 'anycast'; readonly stateDirectory: string } & AnycastOrders)
  /** The state of an item that the controller tracks: a script, a process, a file or a service. */
  | TrackMessage
  /** Neighbours may have been misled: announce this router's addresses again. */
  | { readonly type: 'reannounce'; readonly router: string }
  /** End at once, and leave mastership and addresses to the next process on this host. */
  | { readonly type: 'make-way' }
  /** Leave every mastership, make-before-break, and end. */
  | { readonly type: 'stop' };

export type RouterRestraint = Restraint & { readonly router: string };

export type TrackMessage = { readonly type: 'track'; readonly item: string } & ItemState;

export type FromVrrp =
  | { readonly type: 'event'; readonly event: VrrpEvent }
  | { readonly type: 'status'; readonly routers: readonly RouterStatus[] }
  | { readonly type: 'anycast'; readonly held: AnycastHeld }
  | { readonly type: 'bfd'; readonly sessions: readonly BfdStatus[] }
  | {
      readonly type: 'interfaces';
      readonly interfaces: readonly InterfaceStatus[];
      /** Of the loop since the start; absent from an older build. */
      readonly longestTurn?: Milliseconds;
    }
  /** What the controller must do if this process dies. */
  | { readonly type: 'will'; readonly will: LastWill }
  /** The process ends; this is for the next one. */
  | { readonly type: 'handoff'; readonly handoff: Handoff }
  /** Every mastership has been left; the process ends. */
  | { readonly type: 'left' };

/** The last will of a vrrp process: farewells to send, and rules, routes and addresses to remove. */
export type LastWill = {
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
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The advertisement of priority 0, base64. */
  readonly payload: string;
};

const handoff = { routers: [{ kept: 'record', state: { name: 'text' } }], known: 'pairs' } as const;

export const decodeToVrrp = decoderOf<ToVrrp>({
  configure: {
    director: 'text',
    config: {
      routers: [
        {
          name: 'text',
          interface: 'text',
          family: 'text',
          peers: 'texts',
          virtualRouterId: 'number',
          priority: 'number',
          advertisementInterval: 'number',
          downAfter: 'number',
          track: 'list',
          addresses: 'list',
          excluded: 'list',
          routes: 'list',
          rules: 'list',
        },
      ],
      groups: [{ name: 'text', routers: 'texts', track: 'list' }],
      bfd: 'list',
      hold: 'number',
      announceRate: 'number',
    },
    stateDirectory: 'text',
    aside: 'texts',
    heldBack: { optional: 'text' },
    restraints: { optional: [{ router: 'text', kind: 'text', reason: 'text' }] },
    handoff: { optional: handoff },
  },
  anycast: {
    stateDirectory: 'text',
    interface: 'text',
    lease: 'number',
    entries: [{ name: 'text', addresses: 'list', wish: 'text', why: 'text', drain: 'number' }],
  },
  track: { item: 'text', state: 'text', reason: 'text', value: { optional: 'number' } },
  reannounce: { router: 'text' },
  'make-way': {},
  stop: {},
});

export const decodeFromVrrp = decoderOf<FromVrrp>({
  event: { event: { type: 'text', at: 'number' } },
  status: {
    routers: [
      {
        name: 'text',
        state: 'text',
        reason: 'text',
        priority: 'number',
        faults: 'texts',
        priorityChanges: 'list',
        addresses: 'texts',
        dropped: 'record',
        rivals: 'list',
        advertisementLateness: 'record',
      },
    ],
  },
  anycast: {
    held: { interface: 'text', lease: 'number', addresses: [{ name: 'text', address: 'text', state: 'text' }] },
  },
  bfd: { sessions: [{ name: 'text', state: 'text', dropped: 'record' }] },
  interfaces: { interfaces: [{ interface: 'text', dropped: 'record' }], longestTurn: { optional: 'number' } },
  will: {
    will: {
      rules: 'list',
      routes: 'list',
      addresses: 'list',
      farewells: [
        {
          router: 'text',
          interface: 'text',
          interfaceIndex: 'number',
          source: 'text',
          destination: 'text',
          payload: 'text',
        },
      ],
    },
  },
  handoff: { handoff },
  left: {},
});
