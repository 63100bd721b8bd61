// `regent check`: validates a configuration, and notes what deserves attention on this host.

import { networkInterfaces } from 'node:os';
import { hasSubnet } from '../config/model/interface-settings.ts';
import type { DirectorConfig } from '../config/model/model.ts';
import { heldAddresses } from '../config/model/virtual-addresses.ts';
import { contains, parseCidr } from '../net/cidr.ts';
import { loadValid } from './configuration.ts';

type Addresses = Readonly<
  Record<string, readonly { readonly address: string; readonly cidr: string | null }[] | undefined>
>;

/** Virtual addresses in a subnet of the host's own addresses, where /32 is enough. Pure. */
export const notesOf = ({ vrrp }: DirectorConfig, present: Addresses): string[] => {
  const virtual = new Set(vrrp.routers.flatMap((router) => heldAddresses(router).map(({ address }) => address)));
  return vrrp.routers.flatMap((router) =>
    heldAddresses(router)
      .filter(hasSubnet)
      .flatMap(({ interface: name, address, prefixLength }) => {
        const own = present[name]?.find(({ cidr }) => {
          const other = parseCidr(cidr ?? '');
          const isAlike = other !== undefined && other.prefixLength === prefixLength && !virtual.has(other.address);
          return isAlike && contains(other, address);
        });
        return own === undefined
          ? []
          : [
              `router ${router.name}: ${address}/${prefixLength} has the subnet of this host's own ${own.cidr} on ${name}: ${address}/32 is enough, and needs no promote_secondaries`,
            ];
      }),
  );
};

/** @throws WrongUsage with all problems. */
export const check = async (file: string): Promise<void> => {
  const config = await loadValid(file);
  process.stdout.write(`${file}: a valid configuration of ${config.director}\n`);
  for (const note of notesOf(config, networkInterfaces())) process.stdout.write(`note: ${note}\n`);
};
