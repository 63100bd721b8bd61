// What a routing daemon is to announce, and to whom; its configuration is written from this. Pure data.

import { type Cidr, formatCidr } from '../net/cidr.ts';
import { type Family, families, familyOf, type IpAddress } from '../net/ip-address.ts';

/** A router that the routing daemon announces the addresses to. */
export type Neighbour = { readonly address: IpAddress; readonly as: number };

export type Sessions = {
  /** Our own autonomous system. */
  readonly as: number;
  readonly neighbours: readonly Neighbour[];
  /** Whether the death of a daemon is detected by BFD, besides the hold time. */
  readonly bfd: boolean;
};

export type Announcement = {
  /** The interface that holds the addresses while they are announced. */
  readonly interface: string;
  readonly prefixes: readonly Cidr[];
  /** Absent: the operator has, or writes, the sessions. */
  readonly sessions?: Sessions;
};

/** Short enough for a frozen daemon, long enough for a busy one: three messages may be lost. Seconds. */
export const holdTime = 9;

/** The prefixes of a family, as text. */
export const prefixesOf = ({ prefixes }: Announcement, family: Family): readonly string[] =>
  prefixes.filter(({ address }) => familyOf(address) === family).map(formatCidr);

export const familiesOf = (announcement: Announcement): readonly Family[] =>
  families.filter((family) => prefixesOf(announcement, family).length > 0);

/** The families that a session carries: its own; also the other one, if no session is of that. */
export const carriedBy = (
  neighbour: Neighbour,
  { neighbours }: Sessions,
  announcement: Announcement,
): readonly Family[] =>
  familiesOf(announcement).filter(
    (family) =>
      familyOf(neighbour.address) === family || neighbours.every(({ address }) => familyOf(address) !== family),
  );
