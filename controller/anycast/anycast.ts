// The anycast addresses of a director: judged again whenever something may have changed, and ordered from the vrrp process.

import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, milliseconds } from '../../base/units.ts';
import type { AnnouncedConfig, DirectorConfig } from '../../config/model/model.ts';
import { heldAddresses } from '../../config/model/virtual-addresses.ts';
import { formatCidr, parseCidr } from '../../net/cidr.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { ToVrrp } from '../../vrrp/messages.ts';
import type { AnycastHeld } from '../../vrrp/status.ts';
import type { ServiceJudgement } from '../ipvs/service-judgement.ts';
import type { Log } from '../log/log.ts';
import type { PeerStatus } from '../peers/peers.ts';
import { serviceState } from '../tracking/services.ts';
import {
  type AnycastJudgement,
  type AnycastMemory,
  type AnycastState,
  announcerOf,
  drainGrace,
  judgeAnycast,
  noMemory,
  type ServiceView,
} from './judgement.ts';

type Orders = Extract<ToVrrp, { type: 'anycast' }>;

/** An entry of `anycast` as status shows it. */
export type AnycastStatus = {
  readonly name: string;
  /** With their prefix lengths. */
  readonly addresses: readonly string[];
  /** Draining: withdrawn, yet served. */
  readonly state: AnycastState | 'unknown';
  /** For how long it has been in this state. */
  readonly lasted: number;
  readonly reason: string;
  /** Present while it is handed over by command. */
  readonly aside?: true;
  /** It is announced without the quorum of its services, since no other director announces it. */
  readonly last?: true;
  /** Until its drain ends. */
  readonly left?: number;
  /** What it should hold and does not, and why; absent if it holds all. */
  readonly missing?: readonly { readonly what: string; readonly why: string }[];
};

export type AnycastPart = {
  /** Judges all entries, and sends what has changed. */
  readonly look: () => void;
  /** Sends everything, as to a process that has just connected. */
  readonly resend: () => void;
  readonly status: () => readonly AnycastStatus[];
  /** Withdraws everything; resolves once all is drained and released. */
  readonly leave: () => Promise<void>;
  /** How long {@link leave} takes at most. */
  readonly longestDrain: () => number;
};

/** What peers are told. */
export type Announced = {
  /** The addresses that this director announces with the quorum of their services, as of the last look. */
  serving: readonly IpAddress[];
};

export type AnycastOptions = {
  readonly config: () => DirectorConfig;
  readonly stateDirectory: string;
  /** As the vrrp process said last. */
  readonly held: () => AnycastHeld | undefined;
  readonly send: (orders: Orders) => void;
  readonly judgementOf: (service: string) => ServiceJudgement | undefined;
  /** Why no service is in the kernel. */
  readonly ipvsFault: () => string | undefined;
  /** Names that are handed over by command. */
  readonly aside: () => readonly string[];
  readonly peers: () => readonly PeerStatus[];
  readonly announced: Announced;
  readonly clock: Clock;
  readonly log: Log;
};

const pollEvery = 100;

export const openAnycast = (options: AnycastOptions): AnycastPart => {
  const { config, stateDirectory, held, send, judgementOf, ipvsFault, aside, peers, announced, clock, log } = options;
  const memories = new Map<string, AnycastMemory>();
  const judgements = new Map<string, AnycastJudgement>();
  let sent = '';
  let isStopping = false;

  const entries = (): readonly AnnouncedConfig[] => config().anycast?.addresses ?? [];
  const heldOf = ({ name }: Pick<AnnouncedConfig, 'name'>) =>
    held()?.addresses.filter((one) => one.name === name) ?? [];

  /** Announced as a whole; what is announced in part is not, but drains. */
  const stateOf = (entry: AnnouncedConfig): AnycastState | undefined => {
    if (held() === undefined) return undefined;
    const states = new Set(heldOf(entry).map(({ state }) => state));
    if (states.has('announced')) return 'announced';
    return states.has('draining') ? 'draining' : 'released';
  };

  const viewService = (name: string): ServiceView => {
    const judgement = judgementOf(name);
    const isComplete = [...(judgement?.duties.values() ?? [])].every((duty) => duty.name !== 'await');
    return { name, ...serviceState(judgement, ipvsFault()), isComplete: judgement !== undefined && isComplete };
  };

  const tellLast = (name: string, before: AnycastJudgement | undefined, { isLast, why }: AnycastJudgement): void => {
    if (isLast === (before?.isLast ?? false)) return;
    const about = { process: 'director', subject: name, event: 'anycast-kept' } as const;
    if (isLast) log('warn', about, `stays announced: ${why}`);
    else log('info', about, `is no longer announced without its services: ${why}`);
  };

  const judge = (entry: AnnouncedConfig): AnycastJudgement => {
    const { name } = entry;
    const view = {
      state: stateOf(entry),
      services: entry.announceWhile.map(viewService),
      fault: entry.announceWhile.length === 0 ? undefined : ipvsFault(),
      isAside: aside().includes(name),
      isStopping,
      other: announcerOf(
        entry.addresses.map(({ address }) => address),
        peers(),
      ),
    };
    const [memory, judgement] = judgeAnycast(entry, view, memories.get(name) ?? noMemory, clock());
    memories.set(name, memory);
    tellLast(name, judgements.get(name), judgement);
    judgements.set(name, judgement);
    return judgement;
  };

  /** An address that a router has from now on: the master alone may answer for it, so that it is not drained here. */
  const takenByRouters = (): Orders['entries'] => {
    const own = new Set(entries().flatMap(({ addresses }) => addresses.map(formatCidr)));
    const left = (held()?.addresses ?? []).filter(({ address, state }) => state !== 'released' && !own.has(address));
    if (left.length === 0) return [];
    const { vrrp } = config();
    const taken = new Map(
      vrrp.routers.flatMap((router) => heldAddresses(router).map((one) => [one.address, router.name] as const)),
    );
    return left.flatMap(({ name, address }) => {
      const cidr = parseCidr(address);
      const router = cidr && taken.get(cidr.address);
      if (cidr === undefined || router === undefined) return [];
      return [{ name, addresses: [cidr], wish: 'release', why: `router ${router} has it now`, drain: milliseconds(0) }];
    });
  };

  /** Undefined where there is nothing to say: without `anycast`, and without addresses of an earlier configuration. */
  const ordersNow = (): Orders | undefined => {
    const { anycast } = config();
    const place = anycast ?? held();
    if (place === undefined) return undefined;
    return {
      type: 'anycast',
      stateDirectory,
      interface: place.interface,
      lease: place.lease,
      entries: [
        ...entries().map((entry) => {
          const { wish, why } = judge(entry);
          return { name: entry.name, addresses: entry.addresses, wish, why, drain: entry.drain };
        }),
        ...takenByRouters(),
      ],
    };
  };

  const forget = (): void => {
    const names = new Set(entries().map(({ name }) => name));
    for (const known of [memories, judgements])
      for (const name of known.keys()) if (!names.has(name)) known.delete(name);
  };

  const serving = (): readonly IpAddress[] =>
    entries().flatMap((entry) => {
      const judgement = judgements.get(entry.name);
      const isServed = judgement?.wish === 'announce' && !judgement.isLast && stateOf(entry) === 'announced';
      return isServed ? entry.addresses.map(({ address }) => address) : [];
    });

  const look = (): void => {
    forget();
    const orders = ordersNow();
    // The reason is for the log of a change: it may change without one.
    const text = JSON.stringify(orders, (key, value: unknown) => (key === 'why' ? undefined : value));
    if (orders !== undefined && text !== sent) send(orders);
    sent = text ?? '';
    announced.serving = serving();
  };

  const statusOf = (entry: AnnouncedConfig): AnycastStatus => {
    const { name, addresses } = entry;
    const own = heldOf(entry);
    const missing = own.flatMap(({ address, missing: why }) => (why === undefined ? [] : [{ what: address, why }]));
    const { why = 'it has not been judged yet', isLast = false } = judgements.get(name) ?? {};
    const left = Math.max(0, ...own.map((one) => one.left ?? 0));
    return {
      name,
      addresses: addresses.map(formatCidr),
      state: stateOf(entry) ?? 'unknown',
      lasted: own.length === 0 ? 0 : Math.min(...own.map(({ lasted }) => lasted)),
      reason: why,
      ...(aside().includes(name) && { aside: true as const }),
      ...(isLast && { last: true as const }),
      ...(left > 0 && { left }),
      ...(missing.length > 0 && { missing }),
    };
  };

  const longestDrain = (): number =>
    Math.max(
      0,
      ...(held()?.addresses.map((one) => one.left ?? 0) ?? []),
      ...entries().flatMap((entry) => {
        const state = stateOf(entry);
        return state === 'announced' ? [entry.drain] : [];
      }),
    );

  return {
    look,
    resend: () => {
      sent = '';
      look();
    },
    status: () => entries().map(statusOf),
    longestDrain,
    leave: async () => {
      const limit = clock() + longestDrain() + drainGrace;
      isStopping = true;
      look();
      const isHeld = (): boolean => held()?.addresses.some(({ state }) => state !== 'released') === true;
      while (isHeld() && clock() < limit) await sleep(pollEvery);
    },
  };
};
