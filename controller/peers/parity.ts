// What both directors of a pair should have alike: their services, servers, checks, schedulers and weights. Each sends what it has
// as facts by name, and says what a failover would change. Pure.

import { createHash } from 'node:crypto';
import type { DirectorConfig } from '../../config/model/model.ts';
import type { Scheduler } from '../../config/model/service-model.ts';

/** The settings of a service or server as JSON, by a readable name such as `real server rs0 of web`. */
export type Facts = Readonly<Record<string, string>>;

export type Parity = {
  readonly digest: string;
  /** Absent where there are too many to be sent. */
  readonly facts?: Facts;
};

/** A director's own, as it is sent: facts only where the other needs them. */
export type SentParity = Parity & {
  /** The digest of the receiver's facts that the sender has. */
  readonly knows?: string;
};

/** More characters than this are not sent. */
const mostCharacters = 4 * 2 ** 20;
/** Differences that are named; the others are counted. */
const mostNamed = 5;

/** Each director probes from an address of its own. */
const write = (settings: object): string =>
  JSON.stringify(settings, (key, value: unknown) => (key === 'sourceAddress' ? undefined : value));

/** The hashes of the kernel choose by the order of servers, too. */
const orderOf = (scheduler: Scheduler, servers: readonly { readonly name: string }[]): object =>
  scheduler === 'mh' || scheduler === 'sh' || scheduler === 'dh'
    ? { orderOfServers: servers.map(({ name }) => name).join(', ') }
    : {};

const factsOf = ({ virtualServices }: Pick<DirectorConfig, 'virtualServices'>): Facts =>
  Object.fromEntries(
    virtualServices.flatMap(({ name, realServers, ...settings }): [string, string][] => [
      [`service ${name}`, write({ ...settings, ...orderOf(settings.scheduler, realServers) })],
      ...realServers.map(({ name: server, ...own }): [string, string] => [
        `real server ${server} of ${name}`,
        write(own),
      ]),
    ]),
  );

/** The digest does not depend on the order of services. */
export const parityOf = (config: Pick<DirectorConfig, 'virtualServices'>): Parity => {
  const facts = factsOf(config);
  const text = JSON.stringify(Object.entries(facts).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  const digest = createHash('sha256').update(text).digest('hex');
  return { digest, ...(text.length <= mostCharacters && { facts }) };
};

/** The same of the configuration in force, made once for each. */
export const rememberParity = <Config extends Pick<DirectorConfig, 'virtualServices'>>(
  current: () => Config,
): (() => Parity) => {
  let known: { readonly of: Config; readonly parity: Parity } | undefined;
  return () => {
    const config = current();
    if (known?.of !== config) known = { of: config, parity: parityOf(config) };
    return known.parity;
  };
};

/** A peer's own, as it arrives. @returns undefined where there is none, as from older builds. */
export const decodeParity = (value: unknown): SentParity | undefined => {
  if (typeof value !== 'object' || value === null || !('digest' in value)) return undefined;
  const { digest } = value;
  const facts = 'facts' in value ? value.facts : undefined;
  const knows = 'knows' in value ? value.knows : undefined;
  if (typeof digest !== 'string' || digest.length > 100) return undefined;
  const isWhole =
    typeof facts === 'object' && facts !== null && Object.values(facts).every((one) => typeof one === 'string');
  return {
    digest,
    ...(isWhole && { facts: facts as Facts }),
    ...(typeof knows === 'string' && { knows }),
  };
};

/** What is sent to a peer: the facts where its digest is another, and it does not have them yet. */
export const answerTo = (own: Parity, peer: SentParity | undefined): Parity => {
  const { digest } = own;
  return peer === undefined || peer.digest === digest || peer.knows === digest ? { digest } : own;
};

const settingsIn = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
};

const keyOf = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const isShort = (value: unknown): boolean => value === undefined || typeof value !== 'object';
const spell = (value: unknown): string => (value === undefined ? 'not given' : String(value));

/** Another build may know other settings: those that only one side has are left out then. */
const compareSettings = (
  subject: string,
  here: string,
  there: string,
  peer: string,
  isSameBuild: boolean,
): string[] => {
  const [own, other] = [settingsIn(here), settingsIn(there)];
  const keys = new Set([...Object.keys(own), ...Object.keys(other)]);
  return [...keys].flatMap((key) => {
    const isBoth = Object.hasOwn(own, key) && Object.hasOwn(other, key);
    if (!isBoth && !isSameBuild) return [];
    if (JSON.stringify(own[key]) === JSON.stringify(other[key])) return [];
    return isShort(own[key]) && isShort(other[key])
      ? [`${subject} has ${keyOf(key)} ${spell(own[key])} here, ${spell(other[key])} on ${peer}`]
      : [`${subject} has another ${keyOf(key)} on ${peer}`];
  });
};

const compareFacts = (own: Facts, other: Facts, peer: string, isSameBuild: boolean): string[] => {
  const subjects = [...new Set([...Object.keys(own), ...Object.keys(other)])];
  const isLacking = (facts: Facts, subject: string): boolean => !Object.hasOwn(facts, subject);
  /** The servers of a service that one side lacks say nothing more. */
  const isOfLacking = (facts: Facts, subject: string): boolean => {
    const service = /^real server .* of (.*)$/.exec(subject)?.[1];
    return service !== undefined && isLacking(facts, `service ${service}`);
  };
  return subjects.flatMap((subject): string[] => {
    if (isOfLacking(own, subject) || isOfLacking(other, subject)) return [];
    if (isLacking(other, subject)) return [`${subject} is missing on ${peer}`];
    if (isLacking(own, subject)) return [`${subject} is only on ${peer}`];
    return compareSettings(subject, own[subject] ?? '', other[subject] ?? '', peer, isSameBuild);
  });
};

/**
 * What a failover to or from the peer would change, by name.
 * @param peer its name
 */
export const differencesOf = (own: Parity, other: Parity, peer: string, isSameBuild: boolean): string[] => {
  if (own.digest === other.digest) return [];
  if (own.facts === undefined || other.facts === undefined)
    return isSameBuild ? [`the services and servers of ${peer} differ, and are too many to be compared`] : [];
  const found = compareFacts(own.facts, other.facts, peer, isSameBuild);
  const more = found.length - mostNamed;
  return more > 0 ? [...found.slice(0, mostNamed), `${more} more settings differ on ${peer}`] : found;
};
