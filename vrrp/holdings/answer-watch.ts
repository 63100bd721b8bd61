// Whether this host answers for the addresses that it holds: a local route, ARP, and the way of a neighbour's packets through
// the kernel. What is regent's own is restored; the rest is reported. A few addresses are examined a second.

import { messageOf } from '../../base/error.ts';
import { elapsed, type Instant } from '../../base/units.ts';
import type { RouterConfig } from '../../config/model/model.ts';
import { heldAddresses } from '../../config/model/virtual-addresses.ts';
import { type AddressEntry, addressKey } from '../../kernel/route/address-entry.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { VrrpEventBody } from '../events.ts';
import type { Answering, Interface, Ports } from '../ports.ts';
import type { HoldingsReport, Missing } from './addresses.ts';
import { arpSettingsOf, neighbourOf, whyNoArp, whyNoWay } from './answers.ts';
import { desiredAddresses, type Standing } from './desired.ts';

export type AnswerWatch = {
  /** Examines some addresses, those of a list first, then those that are not answered for. */
  readonly examine: (standings: readonly Standing[], first: ReadonlySet<IpAddress>) => void;
  /** The addresses of a master that this host does not answer for, with reasons. */
  readonly missingOf: (standing: Standing) => readonly Missing[];
};

type AnswerWatchOptions = {
  readonly ports: Pick<Ports, 'clock' | 'addresses' | 'interfaces' | 'answering'>;
  readonly emit: (event: VrrpEventBody) => void;
  readonly report: (report: HoldingsReport) => void;
};

type Held = { readonly entry: AddressEntry; readonly key: string; readonly router: RouterConfig };

/** How many addresses are examined in a second, of those that are not answered for, and of the others. */
const atOnce = 4;
/** How many whose routes were removed at once: the others are examined in their turn. */
const mostNamed = 64;
/** A program that removes a local route again and again must not keep this one busy; in milliseconds. */
const restoreEvery = 900;

export const createAnswerWatch = ({ ports, emit, report }: AnswerWatchOptions): AnswerWatch => {
  /** Why this host does not answer, by the address's key. */
  const faults = new Map<string, string>();
  /** When a local route was last restored. */
  const restored = new Map<string, Instant>();
  let next = 0;

  /** An IPv6 address takes its route with it where it is removed, and no other: so it is added again as a whole. */
  const restore = (answering: Answering, entry: AddressEntry, link: Interface, { name }: RouterConfig): void => {
    restored.set(addressKey(entry), ports.clock());
    if (!entry.address.includes(':') && link.vrf === undefined) answering.addLocalRoute(entry.address, link.index);
    else {
      const results = ports.addresses.apply([
        { type: 'remove', entry },
        { type: 'add', entry },
      ]);
      const refused = results.find(({ error }) => error !== undefined)?.error;
      if (refused !== undefined) emit({ type: 'kernel-error', router: name, message: refused.message });
    }
    // A rule may come before it, or the kernel may have refused.
    if (!answering.hasLocalRoute(entry.address, link.index)) return;
    const message = `the kernel's own route to ${entry.address} on ${entry.interface} was removed by another program; it is added again, and the address announced`;
    emit({ type: 'local-route', router: name, message });
    report({ type: 'restored', router: name });
  };

  const whyNot = (
    answering: Answering,
    entry: AddressEntry,
    link: Interface,
    router: RouterConfig,
  ): string | undefined => {
    const key = addressKey(entry);
    const { address } = entry;
    if (!answering.hasLocalRoute(address, link.index)) {
      const at = restored.get(key);
      if (at === undefined || elapsed(at, ports.clock()) >= restoreEvery) restore(answering, entry, link, router);
      if (!answering.hasLocalRoute(address, link.index))
        return 'the kernel has no local route to it, or another rule comes first (ip route get, ip rule)';
    }
    const entries = ports.addresses.list();
    // Questions for an address on a dummy or the loopback come by other interfaces.
    const isAtHome = [router.interface, router.virtualMac?.interface].includes(link.name);
    const neighbour = neighbourOf(entry, isAtHome ? [link.name, router.interface] : [link.name], entries);
    if (link.mac === undefined || (!isAtHome && neighbour === undefined)) return undefined;
    if (link.noArp)
      return `${link.name} has ARP and neighbour discovery switched off (ip link set ${link.name} arp on)`;
    const isIpv4 = !address.includes(':');
    const settings = arpSettingsOf(answering.setting, link.name);
    const way = neighbour && {
      neighbour,
      arrival: answering.arrivalOf({ interfaceIndex: link.index, source: neighbour, destination: address }),
      answersBy:
        isIpv4 && settings.filters ? answering.answerBy({ source: neighbour, destination: address }) : undefined,
    };
    const why = way && whyNoWay(way, isIpv4 ? settings : undefined, link);
    return why ?? (isIpv4 ? whyNoArp(entry, settings, entries) : undefined);
  };

  const examineOne = (answering: Answering, entry: AddressEntry, router: RouterConfig): void => {
    const key = addressKey(entry);
    const link = ports.interfaces().find(({ name }) => name === entry.interface);
    const isHeld = ports.addresses
      .list()
      .some(
        (one) =>
          one.address === entry.address && one.interface === entry.interface && one.prefixLength === entry.prefixLength,
      );
    const why = link?.up !== true || !isHeld ? undefined : whyNot(answering, entry, link, router);
    const before = faults.get(key);
    if (why === before) return;
    const text = `${entry.address} on ${entry.interface}`;
    if (why === undefined) {
      faults.delete(key);
      emit({ type: 'reachable', router: router.name, message: `this host answers for ${text} again` });
    } else {
      faults.set(key, why);
      emit({
        type: 'unreachable',
        router: router.name,
        message: `is master, and this host does not answer for ${text}: ${why}`,
      });
    }
  };

  /** By configuration: what a master of it holds, which never changes. */
  const known = new WeakMap<RouterConfig, readonly Held[]>();
  const heldBy = (standing: Standing): readonly Held[] => {
    const { config } = standing;
    const before = known.get(config);
    if (before !== undefined) return before;
    const held = desiredAddresses([standing]).map((entry) => ({ entry, key: addressKey(entry), router: config }));
    known.set(config, held);
    return held;
  };

  return {
    examine: (standings, first) => {
      const { answering } = ports;
      if (answering === undefined) return;
      const wanted = standings.flatMap(heldBy);
      if (faults.size + restored.size > 0) {
        const keys = new Set(wanted.map(({ key }) => key));
        for (const list of [faults, restored]) for (const key of list.keys()) if (!keys.has(key)) list.delete(key);
      }
      const bad = faults.size === 0 ? [] : wanted.filter(({ key }) => faults.has(key));
      const good = faults.size === 0 ? wanted : wanted.filter(({ key }) => !faults.has(key));
      const turn = (some: typeof wanted): typeof wanted =>
        some.length <= atOnce
          ? some
          : Array.from({ length: atOnce }, (_, index) => some[(next + index) % some.length] as (typeof wanted)[number]);
      const named = first.size === 0 ? [] : wanted.filter(({ entry }) => first.has(entry.address)).slice(0, mostNamed);
      for (const { entry, router } of new Set([...named, ...turn(bad), ...turn(good)])) {
        try {
          examineOne(answering, entry, router);
        } catch (error) {
          emit({ type: 'kernel-error', router: router.name, message: messageOf(error) });
        }
      }
      next += atOnce;
    },
    missingOf: ({ config }) =>
      faults.size === 0
        ? []
        : heldAddresses(config).flatMap((held) => {
            const why = faults.get(addressKey(held));
            return why === undefined ? [] : [{ what: `an answer for ${held.address} on ${held.interface}`, why }];
          }),
  };
};
