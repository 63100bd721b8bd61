// Whether real servers reply through a director: connects to them from the clients' side and from their own.

import { connect } from 'node:net';
import type { DirectorConfig } from '../config/model/model.ts';
import { heldAddresses } from '../config/model/virtual-addresses.ts';
import { networkOf } from '../net/cidr.ts';
import type { Endpoint } from '../net/endpoint.ts';
import type { IpAddress } from '../net/ip-address.ts';
import type { Finding } from './finding.ts';
import { isConnected, type SeenAddress, virtualAddresses } from './interfaces.ts';

const patience = 1500;

/** @returns whether the handshake succeeded or was refused: either way a reply came back. */
const isAnswered = ({ address, port }: Endpoint, localAddress: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port, localAddress });
    let limit: NodeJS.Timeout | undefined;
    const finish = (answered: boolean): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(answered);
    };
    limit = setTimeout(() => finish(false), patience);
    socket.once('connect', () => finish(true));
    socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNREFUSED'));
  });

type Question = {
  readonly server: string;
  readonly endpoint: Endpoint;
  /** This host's own address on the clients' side, and on the server's. */
  readonly outside: SeenAddress;
  readonly inside: SeenAddress;
};

/** Masqueraded services whose clients are in another network than their servers; FULLNAT needs no return route. Pure. */
const questionsOf = (config: DirectorConfig, addresses: readonly SeenAddress[]): Question[] => {
  const virtual = virtualAddresses(config);
  const own = addresses.filter(({ address }) => !virtual.has(address));
  const sideOf = (address: IpAddress) => own.find((one) => isConnected(address, one));
  return config.virtualServices
    .filter(({ snat }) => !snat)
    .flatMap((service) =>
      service.realServers
        .filter(({ forwarding }) => forwarding === 'masq')
        .flatMap((server) => {
          const virtualAddress = service.matches.find((match) => 'address' in match)?.address;
          const outside = virtualAddress === undefined ? undefined : sideOf(virtualAddress);
          const inside = sideOf(server.endpoint.address);
          return outside === undefined || inside === undefined || outside.interface === inside.interface
            ? []
            : [{ server: server.name, endpoint: server.endpoint, outside, inside }];
        }),
    );
};

const networkText = (subnet: SeenAddress): string => `${networkOf(subnet)}/${subnet.prefixLength}`;

export const examineReturnRoutes = async (
  config: DirectorConfig,
  addresses: readonly SeenAddress[],
): Promise<readonly Finding[]> => {
  // A virtual address in the servers' network, which moves with the master; else this host's own.
  const gatewayOf = (inside: SeenAddress): string =>
    config.vrrp.routers
      .flatMap(heldAddresses)
      .find(({ interface: name, address }) => name === inside.interface && isConnected(address, inside))?.address ??
    inside.address;
  const findings = await Promise.all(
    questionsOf(config, addresses).map(async ({ server, endpoint, outside, inside }): Promise<Finding[]> => {
      if (!(await isAnswered(endpoint, inside.address))) {
        return [
          {
            code: 'server-silent',
            severity: 'warning',
            about: `real server ${server}`,
            message:
              'does not answer this host at all: it is off, or does not have its address, or its own firewall drops our packets',
            mend: `nft insert rule inet filter input ip${endpoint.address.includes(':') ? '6' : ''} saddr ${inside.address} accept`,
            on: server,
          },
        ];
      }
      if (await isAnswered(endpoint, outside.address)) return [];
      const network = networkText(outside);
      return [
        {
          code: 'no-return-route',
          severity: 'error',
          about: `real server ${server}`,
          message: `answers this host on its own side, and not from ${network}: replies to clients do not come back through the director`,
          mend: `ip route replace ${network} via ${gatewayOf(inside)}`,
          on: server,
        },
      ];
    }),
  );
  return findings.flat();
};
