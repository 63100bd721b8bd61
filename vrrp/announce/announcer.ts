// Announces the routers' addresses on every interface whose connected subnet holds one, and probes for other holders.

import type { Instant } from '../../base/units.ts';
import type { RouterConfig, VrrpConfig } from '../../config/model/model.ts';
import { heldAddresses } from '../../config/model/virtual-addresses.ts';
import { interfacesToAnnounceOn } from '../../kernel/sockets/announcer.ts';
import { type IpAddress, isLinkLocal } from '../../net/ip-address.ts';
import type { VrrpEventBody } from '../events.ts';
import type { Interface, Ports } from '../ports.ts';
import {
  type Budget,
  nextRelease,
  queueFrames,
  takeFrames,
  waitingFrames,
  withdrawFrames,
} from './announcement-budget.ts';

type AnnouncedAddress = {
  readonly interfaceIndex: number;
  readonly mac: string;
  readonly address: IpAddress;
  readonly name: string;
  readonly probe?: { readonly source?: IpAddress };
};

export type Announcer = {
  /** Recomputes where announcements go. */
  readonly learnNetwork: () => void;
  readonly targetsOf: (router: RouterConfig) => readonly AnnouncedAddress[];
  /** Sends for all these routers in one batch, as far as the rate allows, then reports it; `flush` sends the rest. */
  readonly announce: (routers: readonly RouterConfig[], why: string, urgent: boolean) => void;
  /** Probes for other holders of the addresses, never before queued announcements. */
  readonly probe: (routers: readonly RouterConfig[]) => void;
  /** Sends the queued frames that may leave now. */
  readonly flush: () => void;
  /** Drops the queued frames of a router that is no longer master. */
  readonly withdraw: (router: RouterConfig) => void;
  /** Runs what `announce` does before it sends. */
  readonly rehearse: (routers: readonly RouterConfig[]) => void;
  /** When `flush` next has a frame to send. */
  readonly nextRelease: () => Instant | undefined;
};

export const createAnnouncer = (
  { routers, announceRate: rate }: Pick<VrrpConfig, 'routers' | 'announceRate'>,
  ports: Pick<Ports, 'clock' | 'interfaces' | 'announce' | 'prepareAnnouncements'> & {
    readonly addresses: Pick<Ports['addresses'], 'list'>;
  },
  emit: (event: VrrpEventBody) => void,
): Announcer => {
  let budget: Budget<AnnouncedAddress> = new Map();
  /** Kept since the last change of the network: a takeover must not list unchanged interfaces. */
  let interfacesOf: ReadonlyMap<string, readonly Interface[]> = new Map();
  /** This host's own link-local address of each interface, the source of probes. */
  let askers: ReadonlyMap<string, IpAddress> = new Map();
  const virtual = new Set(routers.flatMap((router) => heldAddresses(router).map(({ address }) => address)));

  const targetsOf = (router: RouterConfig): AnnouncedAddress[] =>
    heldAddresses(router).flatMap(({ interface: home, address }) =>
      (interfacesOf.get(`${home} ${address}`) ?? []).flatMap(({ name, index, mac, up }) =>
        // The interface of a virtual MAC comes up when its router becomes master.
        mac === undefined || (!up && name !== router.virtualMac?.interface)
          ? []
          : [{ interfaceIndex: index, mac, address, name }],
      ),
    );

  const probesOf = (router: RouterConfig): AnnouncedAddress[] =>
    targetsOf(router).flatMap((target): AnnouncedAddress[] => {
      if (!target.address.includes(':')) return [{ ...target, probe: {} }];
      const source = askers.get(target.name);
      return source === undefined ? [] : [{ ...target, probe: { source } }];
    });

  const flush = (): void => {
    const [frames, left] = takeFrames(budget, rate, ports.clock());
    budget = left;
    if (frames.length === 0) return;
    for (const error of ports.announce(frames)) emit({ type: 'kernel-error', message: error.message });
  };

  return {
    learnNetwork: () => {
      const links = new Map(ports.interfaces().map((link) => [link.name, link]));
      const entries = ports.addresses.list();
      askers = new Map(
        entries.flatMap((entry) =>
          isLinkLocal(entry.address) && !virtual.has(entry.address) ? [[entry.interface, entry.address]] : [],
        ),
      );
      interfacesOf = new Map(
        routers.flatMap((router) =>
          heldAddresses(router).map(({ interface: home, address }) => [
            `${home} ${address}`,
            interfacesToAnnounceOn(address, home, entries)
              // On the router's own interface the address has only the virtual MAC.
              .filter((name) => router.virtualMac === undefined || name !== router.interface || name === home)
              .flatMap((name) => links.get(name) ?? []),
          ]),
        ),
      );
    },
    targetsOf,
    announce: (announced, why, urgent) => {
      budget = queueFrames(budget, announced.flatMap(targetsOf), urgent, rate, ports.clock());
      flush();
      const waiting = waitingFrames(budget);
      for (const router of announced) {
        const interfaces = [...new Set(targetsOf(router).map(({ name }) => name))];
        emit({ type: 'announced', router: router.name, interfaces, why, waiting });
      }
    },
    probe: (asked) => {
      budget = queueFrames(budget, asked.flatMap(probesOf), false, rate, ports.clock());
      flush();
    },
    flush,
    withdraw: (router) => {
      budget = withdrawFrames(budget, new Set(heldAddresses(router).map(({ address }) => address)));
    },
    rehearse: (some) => {
      const [frames] = takeFrames(
        queueFrames(new Map(), some.flatMap(targetsOf), true, rate, ports.clock()),
        rate,
        ports.clock(),
      );
      ports.prepareAnnouncements(frames);
    },
    nextRelease: () => nextRelease(budget, rate),
  };
};
