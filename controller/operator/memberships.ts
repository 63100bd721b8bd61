// Real servers that operators add to services and remove from them: a table that directors merge; the latest command of each
// server of a service wins. Pure.

import { harmlessText } from '../../base/harmless-text.ts';
import { spellEndpoint } from '../../net/endpoint.ts';

/** The keys of a real server that a command may give, as the file spells them. */
export const settingKeys = ['name', 'weight', 'forwarding', 'max_connections'] as const;

export type MemberSettings = Readonly<Partial<Record<(typeof settingKeys)[number], string | number>>>;

export type Membership = {
  /** Older builds pass over commands with a kind. */
  readonly kind: 'membership';
  readonly service: string;
  /** Its address and port. */
  readonly server: string;
  /** Absent where the server is removed. */
  readonly settings?: MemberSettings;
  /**
   * The file of a director said the same after the command was given: from then on the file alone counts, whatever it says later.
   */
  readonly done?: true;
  /** As those of server commands. */
  readonly revision: number;
  readonly by: string;
  readonly at: number;
};

/** By service and server. */
export type Memberships = ReadonlyMap<string, Membership>;

/** Bounded, because they come from peers too. */
const remembered = 1000;

export const membershipKey = ({ service, server }: Pick<Membership, 'service' | 'server'>): string =>
  `${service} ${server}`;

/** Newest first; those that count before those that are done. */
const bound = (memberships: Memberships): Memberships =>
  memberships.size <= remembered
    ? memberships
    : new Map(
        [...memberships]
          .sort(([, a], [, b]) => Number(a.done ?? false) - Number(b.done ?? false) || b.revision - a.revision)
          .slice(0, remembered),
      );

export type MembershipChange = Pick<Membership, 'service' | 'server'> & {
  readonly settings: MemberSettings | undefined;
};

export const changeMembership = (
  memberships: Memberships,
  { service, server, settings }: MembershipChange,
  by: string,
  at: number,
): Memberships => {
  const latest = Math.max(0, ...[...memberships.values()].map(({ revision }) => revision));
  const made: Membership = {
    kind: 'membership',
    service,
    server,
    ...(settings && { settings }),
    revision: Math.max(at, latest + 1),
    by,
    at,
  };
  return bound(new Map(memberships).set(membershipKey(made), made));
};

const comparable = ({ done: _, ...rest }: Membership): string => JSON.stringify(rest);

const isLater = (a: Membership, b: Membership): boolean =>
  a.revision !== b.revision ? a.revision > b.revision : comparable(a) > comparable(b);

/** Idempotent, and independent of order and grouping, but for `done`: a command that is known keeps its own. */
export const mergeMemberships = (own: Memberships, others: Iterable<Membership>): Memberships => {
  const merged = new Map(own);
  for (const one of others) {
    const known = merged.get(membershipKey(one));
    if (known === undefined || isLater(one, known)) merged.set(membershipKey(one), one);
  }
  return bound(merged);
};

/** Those of `after` that `before` does not have. */
export const newMemberships = (before: Memberships, after: Memberships): Membership[] =>
  [...after.values()].filter((one) => {
    const known = before.get(membershipKey(one));
    return known === undefined || isLater(one, known);
  });

/** Marks commands as done, by their keys. */
export const finishMemberships = (memberships: Memberships, keys: ReadonlySet<string>): Memberships =>
  new Map([...memberships].map(([key, one]) => [key, keys.has(key) ? { ...one, done: true } : one]));

/** A whole number of milliseconds that a Date can hold. */
const isTime = (value: unknown): value is number => Number.isInteger(value) && Math.abs(Number(value)) <= 8.64e15;
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 300;

export const isMemberSettings = (value: unknown): value is MemberSettings =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(value).every(
    ([key, one]) =>
      (settingKeys as readonly string[]).includes(key) &&
      (isText(one) || (typeof one === 'number' && Number.isFinite(one))),
  );

const isMembership = (value: unknown): value is Membership => {
  if (typeof value !== 'object' || value === null || !('kind' in value) || value.kind !== 'membership') return false;
  const { service, server, settings, done, revision, by, at } = value as Partial<Membership>;
  return (
    [service, server, by].every(isText) &&
    (settings === undefined || isMemberSettings(settings)) &&
    (done === undefined || done === true) &&
    isTime(revision) &&
    isTime(at)
  );
};

/** @returns undefined where it is no such command, or one of a newer build */
export const parseMembership = (value: unknown): Membership | undefined => {
  if (!isMembership(value)) return undefined;
  const { service, server, settings, done, revision, by, at } = value;
  return {
    kind: 'membership',
    service: harmlessText(service),
    server: harmlessText(spellEndpoint(server)),
    ...(settings && { settings }),
    ...(done && { done }),
    revision,
    by: harmlessText(by, 100),
    at,
  };
};

export const describeMembership = ({ service, settings }: Membership | MembershipChange): string => {
  if (settings === undefined) return `removed from ${service}`;
  const words = Object.entries(settings).map(([key, value]) => `${key} ${value}`);
  return [`added to ${service}`, ...words].join(', ');
};
