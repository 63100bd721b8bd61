// What services match, and the servers that they spread it over, each with its place.

import { type Endpoint, formatEndpoint } from '../../net/endpoint.ts';
import { type Family, familyOf } from '../../net/ip-address.ts';
import type { KeyPath } from '../schema/kind.ts';
import { entriesOf, present, type RealServer, type Service, type SorryServer } from './finding.ts';
import type { Places } from './places.ts';

export type Placed<Value> = { readonly value: Value; readonly path: KeyPath };

export const addressesOf = (service: Service, places: Places): Placed<Endpoint>[] =>
  [
    ...(service.address === undefined ? [] : [{ value: service.address, path: places.of(service, 'address') }]),
    ...entriesOf(service.addresses, places),
  ].flatMap(({ value, path }) => value.map((address) => ({ value: address, path })));

type Match = {
  readonly key: string;
  readonly text: string;
  readonly family: Family;
  readonly port: number | undefined;
};

export const matchesOf = (service: Service, places: Places): Placed<Match>[] => {
  const { protocol, family } = service;
  return [
    ...addressesOf(service, places).map(({ value: { address, port }, path }) => ({
      value: {
        key: `${protocol} ${address} ${port}`,
        text: formatEndpoint({ address, port }),
        family: familyOf(address),
        port,
      },
      path,
    })),
    ...entriesOf(service.firewallMarks, places).flatMap(({ value, path }) => {
      if (family === undefined) return [];
      const text = `mark ${value} ${family}`;
      return [{ value: { key: text, text, family, port: undefined }, path }];
    }),
  ];
};

/** The port of all matches; undefined if they differ or there is none. */
export const commonPort = (matches: readonly Placed<Match>[]): number | undefined => {
  const ports = new Set(matches.map(({ value: { port } }) => port));
  return ports.size === 1 ? [...ports][0] : undefined;
};

type Server = Placed<Endpoint> & {
  readonly server: RealServer | SorryServer;
  readonly forwarding: Service['forwarding'];
};

export const serversOf = (service: Service, places: Places): Server[] =>
  [...present(service.realServers), ...present([service.sorryServer])].flatMap((server) =>
    server.address === undefined
      ? []
      : [
          {
            value: server.address,
            path: places.of(server, 'address'),
            server,
            forwarding: server.forwarding ?? service.forwarding,
          },
        ],
  );
