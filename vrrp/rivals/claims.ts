// Listens on the links where the routers' addresses are announced, so that a master learns which other hosts claim them.

import { messageOf } from '../../base/error.ts';
import type { VrrpConfig } from '../../config/model/model.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { VrrpEventBody } from '../events.ts';
import type { Interface, Ports } from '../ports.ts';
import type { Claim } from './evidence.ts';

export type Claims = {
  /** Opens and closes listeners to match the current interfaces. */
  readonly attach: () => void;
  readonly close: () => void;
};

type ClaimsOptions = {
  readonly routers: VrrpConfig['routers'];
  readonly ports: Pick<Ports, 'interfaces' | 'watchClaims'>;
  /** Where a router's addresses are announced. */
  readonly placesOf: (
    router: VrrpConfig['routers'][number],
  ) => readonly { readonly name: string; readonly address: IpAddress }[];
  readonly emit: (event: VrrpEventBody) => void;
  /** Takes a claim of another host to an address of the router. */
  readonly see: (router: string, claim: Claim) => void;
};

type Watch = { readonly index: number; readonly wanted: string; readonly close: () => void };

const wantedOf = (own: readonly Interface[], owners: ReadonlyMap<string, string>): string =>
  JSON.stringify([own.map(({ mac }) => mac), ...owners]);

export const createClaims = ({ routers, ports, placesOf, emit, see }: ClaimsOptions): Claims => {
  const watches = new Map<string, Watch>();

  const open = (
    link: Interface,
    own: readonly Interface[],
    owners: ReadonlyMap<IpAddress, string>,
  ): Watch | undefined => {
    const { name, index } = link;
    try {
      const watch = ports.watchClaims(index, [...owners.keys()], ({ address, mac }) => {
        const router = owners.get(address);
        // Two interfaces of one host on one link hear each other.
        if (router === undefined || own.some((other) => other.mac === mac)) return;
        see(router, { interface: name, interfaceIndex: index, address, mac });
      });
      return { index, wanted: wantedOf(own, owners), close: watch.close };
    } catch (error) {
      emit({ type: 'kernel-error', message: messageOf(error) });
      return undefined;
    }
  };

  const close = (): void => {
    for (const watch of watches.values()) watch.close();
    watches.clear();
  };

  return {
    attach: () => {
      const links = ports.interfaces();
      const places = routers.flatMap((router) => placesOf(router).map((place) => ({ ...place, router: router.name })));
      for (const [name, { index, wanted, close: closeWatch }] of watches) {
        const owners = new Map(places.filter((place) => place.name === name).map((one) => [one.address, one.router]));
        const isSame = links.some((link) => link.name === name && link.index === index) && owners.size > 0;
        if (isSame && wanted === wantedOf(links, owners)) continue;
        closeWatch();
        watches.delete(name);
      }
      for (const link of links) {
        const owners = new Map(
          places.filter((place) => place.name === link.name).map((one) => [one.address, one.router]),
        );
        if (owners.size === 0 || link.mac === undefined || watches.has(link.name)) continue;
        const watch = open(link, links, owners);
        if (watch !== undefined) watches.set(link.name, watch);
      }
    },
    close,
  };
};
