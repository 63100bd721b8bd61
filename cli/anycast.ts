// `regent anycast print`: the part of a routing daemon's configuration that announces the addresses.

import { parseAddress } from '../net/ip-address.ts';
import type { Announcement, Neighbour, Sessions } from '../routing/announcement.ts';
import { birdFragment } from '../routing/bird-fragment.ts';
import { frrFragment } from '../routing/frr-fragment.ts';
import { loadValid } from './configuration.ts';
import { WrongUsage } from './exit-codes.ts';

export type PrintOptions = {
  readonly config: string;
  readonly as?: string;
  readonly router?: readonly string[];
  readonly bfd?: boolean;
};

const largestAs = 4_294_967_294;

/** @throws WrongUsage */
const parseAs = (text: string): number => {
  const as = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (as < 1 || as > largestAs)
    throw new WrongUsage(`${JSON.stringify(text)} is not the number of an autonomous system, 1 to ${largestAs}`);
  return as;
};

/** @throws WrongUsage */
const parseRouter = (text: string): Neighbour => {
  const [, host = '', as = ''] = /^(.+)=(\d+)$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (address === undefined)
    throw new WrongUsage(`${JSON.stringify(text)} is not ADDRESS=AS of a router: 192.168.66.1=64500`);
  return { address, as: parseAs(as) };
};

/** @throws WrongUsage */
const sessionsOf = ({ as, router = [], bfd = false }: PrintOptions): Sessions | undefined => {
  if (as === undefined && router.length === 0 && !bfd) return undefined;
  if (as === undefined || router.length === 0)
    throw new WrongUsage('sessions need both: --as NUMBER and --router ADDRESS=AS');
  return { as: parseAs(as), neighbours: router.map(parseRouter), bfd };
};

const writers = { bird: birdFragment, frr: frrFragment } as const;
export type EngineName = keyof typeof writers;

/** @throws WrongUsage */
export const printFragment = async (engine: EngineName, options: PrintOptions): Promise<string> => {
  const sessions = sessionsOf(options);
  const { anycast } = await loadValid(options.config);
  if (anycast === undefined) throw new WrongUsage(`${options.config} has no anycast addresses`);
  const announcement: Announcement = {
    interface: anycast.interface,
    prefixes: anycast.addresses.flatMap(({ addresses }) => addresses),
    ...(sessions && { sessions }),
  };
  return writers[engine](announcement);
};
