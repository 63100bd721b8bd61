// Requests about one interface by its name, whatever its kind.

import { encodeAttributes, pack } from '../netlink/codec.ts';
import type { Request } from '../netlink/request.ts';

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
