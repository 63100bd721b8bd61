// The messages of rtnetlink about interfaces: their header, requests by name, and their attributes read from a listing.

import type { Change } from '../diff.ts';
import {
  type AttributeTable,
  type AttributeValues,
  decodeAttributes,
  encodeAttributes,
  isMalformed,
  type Message,
  pack,
  readU32,
} from '../netlink/codec.ts';
import type { Request } from '../netlink/request.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import type { KernelError } from '../system/error.ts';

/*
 * struct ifinfomsg (include/uapi/linux/rtnetlink.h)
 *   0        1     2                4       8       12             16
 *   | family | pad | hardware type  | index | flags | change mask  | attributes
 */
export const linkHeaderLength = 16;
export const linkHeader = (index: number, flags: number, mask: number): Buffer =>
  pack(['u8', 0], ['u8', 0], ['u16', 0], ['u32', index], ['u32', flags], ['u32', mask]);

export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
export const IFF_UP = 1;

/** The attributes of an interface, and whether it is administratively up; undefined for a malformed message. */
export const readLink = <Table extends AttributeTable>(
  table: Table,
  { payload }: Pick<Message, 'payload'>,
): { readonly attributes: AttributeValues<Table>; readonly up: boolean } | undefined => {
  if (payload.length < linkHeaderLength) return undefined;
  const attributes = decodeAttributes(table, payload.subarray(linkHeaderLength));
  return isMalformed(attributes) ? undefined : { attributes, up: (readU32(payload, 8) & IFF_UP) !== 0 };
};

/** All interfaces of this network namespace, as messages. @throws KernelError */
export const dumpLinks = (netlink: NetlinkSocket, operation: string): readonly Message[] =>
  netlink.dump({ operation, type: RTM_GETLINK, payload: linkHeader(0, 0, 0) });

/** The error of a change; none for the removal of what is not there. */
export const errorOf = (
  { type }: Pick<Change<unknown>, 'type'>,
  error: KernelError | undefined,
): KernelError | undefined => (type === 'remove' && error?.code === 'ENODEV' ? undefined : error);

const nameAttribute = { name: [3, 'string'] } as const;

const byName = (type: number, operation: string, name: string, flags: number): Request => ({
  operation,
  type,
  payload: Buffer.concat([
    linkHeader(0, flags, type === RTM_NEWLINK ? IFF_UP : 0),
    encodeAttributes(nameAttribute, { name }),
  ]),
});

/** Sets an interface administratively up or down. */
export const upOrDown = (name: string, up: boolean): Request =>
  byName(RTM_NEWLINK, `set ${name} ${up ? 'up' : 'down'}`, name, up ? IFF_UP : 0);

export const linkRemoval = (name: string): Request => byName(RTM_DELLINK, `remove ${name}`, name, 0);
