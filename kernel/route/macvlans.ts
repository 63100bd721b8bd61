// Interfaces with a virtual router's MAC: macvlans in private mode on an Ethernet, listed, added, and set up or down.

import { constants } from 'node:os';
import { formatMac, parseMac } from '../../net/mac-address.ts';
import type { Change } from '../diff.ts';
import { encodeAttributes, NLM_F_CREATE, NLM_F_EXCL } from '../netlink/codec.ts';
import type { Request } from '../netlink/request.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { type KernelError, kernelError } from '../system/error.ts';
import { interfaceIndex } from '../system/libc.ts';
import { dumpLinks, errorOf, linkHeader, linkRemoval, RTM_NEWLINK, readLink, upOrDown } from './link-requests.ts';
import { decodeLink, vrfsOf } from './links.ts';

export type MacvlanEntry = {
  readonly name: string;
  /** The interface that sends its frames. */
  readonly parent: string;
  readonly mac: string;
  /** The VRF of the parent, and so its own. */
  readonly vrf?: string;
  /** Administratively up: it answers, and switches learn its MAC. */
  readonly up: boolean;
};

const linkAttributes = {
  mac: [1, 'bytes'],
  name: [3, 'string'],
  parent: [5, 'u32'],
  master: [10, 'u32'],
  info: [18, { kind: [1, 'string'], data: [2, { mode: [1, 'u32'] }] }],
} as const;

const MACVLAN_MODE_PRIVATE = 1;

export const macvlanKey = ({ name }: Pick<MacvlanEntry, 'name'>): string => `link ${name}`;

/** Whether a MAC belongs to a virtual router (RFC 9568, section 7.3). */
const isVirtual = (mac: string): boolean => /^00:00:5e:00:0[12]:/.test(mac);

/** Lists the macvlans of this network namespace with a virtual router's MAC. @throws KernelError */
export const listMacvlans = (netlink: NetlinkSocket): MacvlanEntry[] => {
  const messages = dumpLinks(netlink, 'list macvlans');
  const vrfs = vrfsOf(messages.flatMap((message) => decodeLink(message) ?? []));
  return messages.flatMap((message): MacvlanEntry[] => {
    const { attributes = {}, up = false } = readLink(linkAttributes, message) ?? {};
    const { mac, name, parent, info } = attributes;
    const vrf = vrfs.get(name ?? '');
    if (info?.kind !== 'macvlan' || mac?.length !== 6 || name === undefined || !isVirtual(formatMac(mac))) return [];
    return [
      {
        name,
        parent: (parent === undefined ? undefined : netlink.interfaceName(parent)) ?? '',
        mac: formatMac(mac),
        ...(vrf !== undefined && { vrf }),
        up,
      },
    ];
  });
};

/** Added as down: its settings come first. */
const creation = ({ name, parent, mac, vrf }: MacvlanEntry): Request | KernelError => {
  const operation = `add ${name} with ${mac} above ${parent}${vrf === undefined ? '' : ` in ${vrf}`}`;
  const index = interfaceIndex(parent);
  const master = vrf === undefined ? undefined : interfaceIndex(vrf);
  if (index === undefined || (vrf !== undefined && master === undefined))
    return kernelError(operation, constants.errno.ENODEV);
  const values = {
    mac: parseMac(mac),
    name,
    parent: index,
    ...(master !== undefined && { master }),
    info: { kind: 'macvlan', data: { mode: MACVLAN_MODE_PRIVATE } },
  };
  return {
    operation,
    type: RTM_NEWLINK,
    flags: NLM_F_CREATE | NLM_F_EXCL,
    payload: Buffer.concat([linkHeader(0, 0, 0), encodeAttributes(linkAttributes, values)]),
  };
};

const requestsOf = (change: Change<MacvlanEntry>): readonly (Request | KernelError)[] => {
  const { name, up, mac, parent, vrf } = change.entry;
  const removal = linkRemoval(name);
  if (change.type === 'remove') return [removal];
  if (change.type === 'add') return [creation(change.entry)];
  if (change.from.mac !== mac || change.from.parent !== parent) return [removal, creation(change.entry)];
  if (change.from.vrf !== vrf) {
    const master = vrf === undefined ? 0 : interfaceIndex(vrf);
    const operation = `move ${name} to ${vrf ?? 'no VRF'}`;
    if (master === undefined) return [kernelError(operation, constants.errno.ENODEV)];
    const attributes = encodeAttributes(linkAttributes, { name, master });
    return [
      { operation, type: RTM_NEWLINK, payload: Buffer.concat([linkHeader(0, 0, 0), attributes]) },
      upOrDown(name, up),
    ];
  }
  return [upOrDown(name, up)];
};

/** Applies changes in order; a new macvlan is down until it is set up. Removing a missing one counts as done. */
export const applyMacvlans = (
  netlink: NetlinkSocket,
  changes: readonly Change<MacvlanEntry>[],
): { readonly change: Change<MacvlanEntry>; readonly error: KernelError | undefined }[] =>
  changes.map((change) => {
    let error: KernelError | undefined;
    for (const request of requestsOf(change)) {
      const [result] = request instanceof Error ? [{ ok: false as const, error: request }] : netlink.request([request]);
      error = result?.ok === false ? result.error : undefined;
    }
    return { change, error: errorOf(change, error) };
  });
