// What `regent init` is told, each answer read and judged beside the earlier ones. Pure.

import { parseCidr } from '../net/cidr.ts';
import { parseEndpoint } from '../net/endpoint.ts';
import { familyOf, type IpAddress, isLinkLocal, isLoopback, parseAddress, unspecified } from '../net/ip-address.ts';
import { WrongUsage } from './exit-codes.ts';
import type { NamedAddress, NamedEndpoint, VirtualAddress } from './pair-files.ts';

const isMulticast = (address: IpAddress): boolean => /^(22[4-9]|23\d)\.|^ff/.test(address);

const isHostAddress = (address: IpAddress | undefined): address is IpAddress =>
  address !== undefined &&
  !isLoopback(address) &&
  !isMulticast(address) &&
  address !== unspecified[familyOf(address)] &&
  address !== '255.255.255.255';

/** @throws WrongUsage */
const refuse = (text: string, why: string): never => {
  throw new WrongUsage(`${JSON.stringify(text)} ${why}`);
};

const nameIn = (text: string, shape: string): { readonly name: string; readonly rest: string } => {
  const [, name, rest] = /^([^=]*)=(.*)$/.exec(text.trim()) ?? [];
  if (name === undefined || rest === undefined) return refuse(text, `is not ${shape}`);
  // A file is named for it, and commands take it as a word.
  if (!/^\w[\w.-]*$/.test(name)) refuse(text, `is not ${shape}: a name has letters, digits, ".", "-" and "_" alone`);
  return { name, rest };
};

const directorShape = 'NAME=ADDRESS of a director, such as lb0=192.168.55.11';

/** @param other the pair's first director, once it is known. @throws WrongUsage */
export const readDirector = (text: string, other?: NamedAddress): NamedAddress => {
  const { name, rest } = nameIn(text, directorShape);
  const address = parseAddress(rest);
  if (!isHostAddress(address)) return refuse(text, `is not ${directorShape}`);
  if (isLinkLocal(address))
    refuse(text, 'is link-local: the directors reach each other by addresses that need no interface');
  if (other?.name === name) refuse(text, 'has the name of the first director');
  if (other?.address === address) refuse(text, 'has the address of the first director');
  if (other !== undefined && familyOf(other.address) !== familyOf(address))
    refuse(text, `and ${other.address} are of two families`);
  return { name, address };
};

/** @throws WrongUsage */
export const readVirtualAddress = (text: string, directors: readonly NamedAddress[]): VirtualAddress => {
  const cidr = parseCidr(text.trim());
  if (cidr === undefined || !isHostAddress(cidr.address))
    return refuse(text, 'is not an address that clients can connect to, with or without a prefix length');
  const owner = directors.find(({ address }) => address === cidr.address);
  if (owner !== undefined) refuse(text, `is the own address of ${owner.name}: clients need another, which moves`);
  return cidr;
};

/** @throws WrongUsage */
export const readInterface = (text: string): string => {
  const name = text.trim();
  return /^[^\s/:]{1,15}$/.test(name) && name !== '.' && name !== '..'
    ? name
    : refuse(text, 'is not the name of an interface');
};

/** @throws WrongUsage */
export const readRouterId = (text: string): number => {
  const id = Number(text);
  return /^\d+$/.test(text) && id >= 1 && id <= 255 ? id : refuse(text, 'is not a virtual router id, from 1 to 255');
};

const serverShape = 'NAME=ADDRESS:PORT of a server, such as rs0=192.168.66.111:80 or rs0=[fd66::111]:80';

/** @throws WrongUsage */
export const readServers = (
  texts: readonly string[],
  { address: virtual }: VirtualAddress,
): readonly NamedEndpoint[] => {
  const servers: NamedEndpoint[] = [];
  for (const text of texts) {
    const { name, rest } = nameIn(text, serverShape);
    const endpoint = parseEndpoint(rest);
    if (endpoint === undefined || endpoint.port === 0 || !isHostAddress(endpoint.address))
      return refuse(text, `is not ${serverShape}`);
    const { address, port } = endpoint;
    if (address === virtual) refuse(text, 'has the address that clients connect to');
    if (familyOf(address) !== familyOf(virtual)) refuse(text, `and ${virtual} are of two families`);
    if (servers.some((other) => other.name === name)) refuse(text, 'has the name of another server');
    if (servers.some((other) => other.address === address && other.port === port))
      refuse(text, 'has the address and port of another server');
    servers.push({ name, address, port });
  }
  return servers;
};
