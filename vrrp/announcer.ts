// Tells neighbours where the routers' addresses are, on every interface whose connected subnet holds one.

import type { RouterConfig } from '../config/model.ts';
import { interfacesToAnnounceOn } from '../kernel/arp.ts';
import type { VrrpEventBody } from './messages.ts';
import type { Interface, Ports } from './ports.ts';

type Target = {
  readonly interfaceIndex: number;
  readonly mac: string;
  readonly address: string;
  readonly name: string;
};

export type Announcer = {
  /** Works out anew where announcements go. */
  readonly learnNetwork: () => void;
  readonly targetsOf: (router: RouterConfig) => readonly Target[];
  /** Sends for all of these routers in one batch, then says so. */
  readonly announce: (routers: readonly RouterConfig[], why: string) => void;
};

export const createAnnouncer = (
  routers: readonly RouterConfig[],
  ports: Pick<Ports, 'interfaces' | 'addresses' | 'announce'>,
  emit: (event: VrrpEventBody) => void,
): Announcer => {
  /** Kept from the last change of the network: a takeover must not list what has not changed. */
  let interfacesOf: ReadonlyMap<string, readonly Interface[]> = new Map();

  const targetsOf = (router: RouterConfig): Target[] =>
    router.addresses.flatMap(({ address }) =>
      (interfacesOf.get(`${router.interface} ${address}`) ?? []).flatMap(({ name, index, mac, up }) =>
        mac === undefined || !up ? [] : [{ interfaceIndex: index, mac, address, name }],
      ),
    );

  return {
    learnNetwork: () => {
      const links = new Map(ports.interfaces().map((link) => [link.name, link]));
      const entries = ports.addresses.list();
      interfacesOf = new Map(
        routers.flatMap((router) =>
          router.addresses.map(({ address }) => [
            `${router.interface} ${address}`,
            interfacesToAnnounceOn(address, router.interface, entries).flatMap((name) => links.get(name) ?? []),
          ]),
        ),
      );
    },
    targetsOf,
    announce: (announced, why) => {
      for (const error of ports.announce(announced.flatMap(targetsOf))) {
        emit({ type: 'kernel-error', message: error.message });
      }
      for (const router of announced) {
        const interfaces = [...new Set(targetsOf(router).map(({ name }) => name))];
        emit({ type: 'announced', router: router.name, interfaces, why });
      }
    },
  };
};
