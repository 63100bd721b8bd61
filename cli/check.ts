// `regent check`: validates a configuration, and notes what deserves attention on this host.

import { networkInterfaces } from 'node:os';
import { harmlessJson } from '../base/harmless-text.ts';
import { hasSubnet } from '../config/model/interface-settings.ts';
import type { DirectorConfig } from '../config/model/model.ts';
import { heldAddresses } from '../config/model/virtual-addresses.ts';
import type { Problem } from '../config/source/problem.ts';
import { loadConfig } from '../config/source/reading.ts';
import type { ConfigResult } from '../config/source/result.ts';
import { contains, parseCidr } from '../net/cidr.ts';
import { anycastNotes } from './anycast-notes.ts';
import { validOf } from './configuration.ts';
import { exitCodes } from './exit-codes.ts';

type Addresses = Readonly<
  Record<string, readonly { readonly address: string; readonly cidr: string | null }[] | undefined>
>;

/** Virtual addresses in a subnet of the host's own addresses, where /32 is enough. */
const subnetNotes = ({ vrrp }: DirectorConfig, present: Addresses): string[] => {
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

/** Pure. */
export const notesOf = (config: DirectorConfig, present: Addresses): string[] => [
  ...subnetNotes(config, present),
  ...anycastNotes(config),
];

type Verdict = {
  readonly file: string;
  readonly valid: boolean;
  /** Absent where the configuration is not valid. */
  readonly director?: string;
  readonly notes: readonly string[];
  readonly problems: readonly Problem[];
  /** Problems beyond those that are listed. */
  readonly more: number;
};

const verdictOf = (file: string, loaded: ConfigResult): Verdict => {
  if (!loaded.ok) return { file, valid: false, notes: [], problems: loaded.problems, more: loaded.more };
  const { config } = loaded;
  const notes = notesOf(config, networkInterfaces());
  return { file, valid: true, director: config.director, notes, problems: [], more: 0 };
};

/** @throws WrongUsage with all problems. */
export const check = async (file: string, json: boolean): Promise<void> => {
  const loaded = await loadConfig(file);
  if (json) {
    process.stdout.write(`${harmlessJson(JSON.stringify(verdictOf(file, loaded), null, 2))}\n`);
    if (!loaded.ok) process.exitCode = exitCodes.wrongUsage;
    return;
  }
  const config = validOf(loaded);
  process.stdout.write(`${file}: a valid configuration of ${config.director}\n`);
  for (const note of notesOf(config, networkInterfaces())) process.stdout.write(`note: ${note}\n`);
};
