// Dummy interfaces: listed, added, set up and removed. Addresses on them belong to no network, for a routing daemon to export.

import type { Change } from '../diff.ts';
import { encodeAttributes, NLM_F_CREATE, NLM_F_EXCL } from '../netlink/codec.ts';
import type { Request } from '../netlink/request.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import type { KernelError } from '../system/error.ts';
import {
  dumpLinks,
  errorOf,
  IFF_UP,
  linkHeader,
  linkRemoval,
  RTM_NEWLINK,
  readLink,
  upOrDown,
} from './link-requests.ts';

export type DummyEntry = {
  readonly name: string;
  /** Administratively up. */
  readonly up: boolean;
};

const linkAttributes = { name: [3, 'string'], info: [18, { kind: [1, 'string'] }] } as const;

export const dummyKey = ({ name }: Pick<DummyEntry, 'name'>): string => `dummy ${name}`;

/** Lists the dummies of this network namespace. @throws KernelError */
export const listDummies = (netlink: NetlinkSocket): DummyEntry[] =>
  dumpLinks(netlink, 'list dummies').flatMap((message): DummyEntry[] => {
    const { attributes: { name, info } = {}, up = false } = readLink(linkAttributes, message) ?? {};
    return name === undefined || info?.kind !== 'dummy' ? [] : [{ name, up }];
  });

const creation = ({ name, up }: DummyEntry): Request => ({
  operation: `add the dummy ${name}`,
  type: RTM_NEWLINK,
  flags: NLM_F_CREATE | NLM_F_EXCL,
  payload: Buffer.concat([
    linkHeader(0, up ? IFF_UP : 0, IFF_UP),
    encodeAttributes(linkAttributes, { name, info: { kind: 'dummy' } }),
  ]),
});

const requestOf = ({ type, entry }: Change<DummyEntry>): Request => {
  if (type === 'remove') return linkRemoval(entry.name);
  return type === 'add' ? creation(entry) : upOrDown(entry.name, entry.up);
};

/** Applies changes in order. Removing a missing one counts as done. */
export const applyDummies = (
  netlink: NetlinkSocket,
  changes: readonly Change<DummyEntry>[],
): { readonly change: Change<DummyEntry>; readonly error: KernelError | undefined }[] =>
  changes.map((change) => {
    const [result] = netlink.request([requestOf(change)]);
    return { change, error: errorOf(change, result?.ok === false ? result.error : undefined) };
  });
