// Real servers that operators add to services and remove from them: a table that directors merge; the latest command of each
// server of a service wins. Pure.

import { harmlessText } from '../../base/harmless-text.ts';
import { spellEndpoint } from '../../net/endpoint.ts';
import { isTime, mergedTable } from './merged-table.ts';

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
  /** See {@link Revised}. */
  readonly revision: number;
  readonly by: string;
  readonly at: number;
};

/** By service and server. */
export type Memberships = ReadonlyMap<string, Membership>;

export const membershipKey = ({ service, server }: Pick<Membership, 'service' | 'server'>): string =>
  `${service} ${server}`;

const comparable = ({ done: _, ...rest }: Membership): string => JSON.stringify(rest);

const table = mergedTable<Membership>({
  keyOf: membershipKey,
  // A command that is known keeps its own `done`.
  textOf: comparable,
  most: 1000,
  // Commands that still count come before commands that are done.
  rankOf: ({ done = false }) => Number(!done),
});

export type MembershipChange = Pick<Membership, 'service' | 'server'> & {
  readonly settings: MemberSettings | undefined;
};

export const changeMembership = (
  memberships: Memberships,
  { service, server, settings }: MembershipChange,
  by: string,
  at: number,
): Memberships => {
  const made: Membership = {
    kind: 'membership',
    service,
    server,
    ...(settings && { settings }),
    revision: table.nextRevision(memberships, at),
    by,
    at,
  };
  return table.put(memberships, made);
};

export const mergeMemberships = table.merge;

export const newMemberships = table.newIn;

/** Marks commands as done, by their keys. */
export const finishMemberships = (memberships: Memberships, keys: ReadonlySet<string>): Memberships =>
  new Map([...memberships].map(([key, one]) => [key, keys.has(key) ? { ...one, done: true } : one]));

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
