// Messages between directors: commands and connections, signed with their shared key. Pure.

import { harmlessText } from '../../base/harmless-text.ts';
import { explainIncompatible, type Greeting, greetingOf, ungreeted } from '../../channel/greeting.ts';
import { type IpAddress, parseAddress } from '../../net/ip-address.ts';
import { parseKnownCommands, type ServerCommand } from '../operator/commands.ts';
import type { Membership } from '../operator/memberships.ts';
import type { PairCommands } from '../operator/operator.ts';
import { decodeHeartbeat, type Heartbeat } from '../split-brain/heartbeat.ts';
import { decodeParity, type SentParity } from './parity.ts';
import { isSigned } from './signed-body.ts';

/** What this build speaks to other directors; raised as the channel's own. */
export const peerGreeting = (build: string): Greeting => ({ protocol: 1, oldest: 1, build });

const noMessage = 'it is not a message of a director';

export type PeerMessage = {
  readonly director: string;
  /** Its version; absent from older builds. */
  readonly build?: string;
  readonly commands: readonly ServerCommand[];
  readonly memberships: readonly Membership[];
  /** Absent from older builds. */
  readonly parity?: SentParity;
  /** Asks for a heartbeat: the answer repeats it, so that an older answer is no evidence. */
  readonly nonce?: string;
  readonly heartbeat?: Heartbeat;
  /** The anycast addresses that it announces with the quorum of their services. */
  readonly serving?: readonly IpAddress[];
};

/** What a message carries besides commands. */
export type Carried = Pick<PeerMessage, 'parity' | 'nonce' | 'heartbeat' | 'serving'>;

const encode = (greeting: Greeting, fields: object): string => JSON.stringify({ hello: greeting, ...fields });

export const encodePeerMessage = (
  director: string,
  { commands, memberships }: PairCommands,
  greeting: Greeting,
  carried: Carried = {},
): string => encode(greeting, { director, commands: [...commands.values(), ...memberships.values()], ...carried });

/** Bounded, because a peer may be of another build. */
const mostServed = 10_000;

const decodeServing = (value: unknown): readonly IpAddress[] =>
  Array.isArray(value)
    ? value.slice(0, mostServed).flatMap((one: unknown) => (typeof one === 'string' ? (parseAddress(one) ?? []) : []))
    : [];

/** Asks a director for its connections; the director also sends them to the asking host's kernel. */
export type TableQuestion = {
  readonly director: string;
  /** Repeated in the answer, so that an older answer is not accepted. */
  readonly nonce: string;
  /** Whether the asker's own table is current: it is master, and misses only recent connections. */
  readonly rules: boolean;
};

/** The fingerprints of a director's established connections. */
export type TableAnswer = { readonly director: string; readonly nonce: string; readonly established: Uint32Array };

export const encodeQuestion = (question: TableQuestion, greeting: Greeting): string => encode(greeting, question);

export const encodeAnswer = ({ established, ...rest }: TableAnswer, greeting: Greeting): string =>
  encode(greeting, { ...rest, established: Buffer.from(established.buffer).toString('base64') });

/** Asks a director for its status, and its records later than a timestamp. */
export type StatusQuestion = {
  readonly director: string;
  /** Repeated in the answer, so that an older answer is not accepted. */
  readonly nonce: string;
  readonly since?: string;
};

/** What it answers, as it is sent: a status of another build may have other keys. */
export type StatusAnswer = { readonly status: object; readonly records: readonly object[] };

export const encodeStatusQuestion = (question: StatusQuestion, greeting: Greeting): string =>
  encode(greeting, { ...question, what: 'status' });

export const encodeStatusAnswer = (
  director: string,
  nonce: string,
  { status, records }: StatusAnswer,
  greeting: Greeting,
): string => encode(greeting, { director, nonce, status, records });

const buildOf = (value: Readonly<Record<string, unknown>>): Greeting =>
  greetingOf({ ...(value.hello as object | undefined), type: 'hello' }) ?? ungreeted;

const readSigned = (
  body: string,
  signature: string | undefined,
  key: Buffer,
): Readonly<Record<string, unknown>> | string => {
  if (!isSigned(body, signature, key)) return 'the signature is wrong: do both directors have the same key?';
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return noMessage;
    const fields = value as Readonly<Record<string, unknown>>;
    const { director } = fields;
    return (
      explainIncompatible(peerGreeting(''), buildOf(fields)) ??
      (typeof director === 'string' ? { ...fields, director: harmlessText(director, 100) } : fields)
    );
  } catch {
    return noMessage;
  }
};

/** @returns the question, or the reason it is rejected. */
export const decodeQuestion = (body: string, signature: string | undefined, key: Buffer): TableQuestion | string => {
  const value = readSigned(body, signature, key);
  if (typeof value === 'string') return value;
  const { director, nonce, rules } = value;
  return typeof director === 'string' && typeof nonce === 'string' && typeof rules === 'boolean'
    ? { director, nonce, rules }
    : noMessage;
};

/** @returns the answer, or the reason it is rejected. */
export const decodeAnswer = (
  body: string,
  signature: string | undefined,
  key: Buffer,
  asked: string,
): TableAnswer | string => {
  const value = readSigned(body, signature, key);
  if (typeof value === 'string') return value;
  const { director, nonce, established } = value;
  if (typeof director !== 'string' || typeof established !== 'string') return noMessage;
  if (nonce !== asked) return 'it answers another request';
  const bytes = Uint8Array.from(Buffer.from(established, 'base64'));
  return bytes.length % 4 === 0 ? { director, nonce: asked, established: new Uint32Array(bytes.buffer) } : noMessage;
};

/** @returns the question, or the reason it is rejected. */
export const decodeStatusQuestion = (
  body: string,
  signature: string | undefined,
  key: Buffer,
): StatusQuestion | string => {
  const value = readSigned(body, signature, key);
  if (typeof value === 'string') return value;
  const { director, nonce, since, what } = value;
  if (typeof director !== 'string' || typeof nonce !== 'string' || what !== 'status') return noMessage;
  return { director, nonce, ...(typeof since === 'string' && { since }) };
};

/** @returns the answer, or the reason it is rejected. */
export const decodeStatusAnswer = (
  body: string,
  signature: string | undefined,
  key: Buffer,
  asked: string,
): StatusAnswer | string => {
  const value = readSigned(body, signature, key);
  if (typeof value === 'string') return value;
  const { nonce, status, records } = value;
  if (typeof status !== 'object' || status === null || !Array.isArray(records)) return noMessage;
  return nonce === asked ? { status, records: records as readonly object[] } : 'it answers another request';
};

/** @returns the message, or the reason it is rejected. */
export const decodePeerMessage = (body: string, signature: string | undefined, key: Buffer): PeerMessage | string => {
  const value = readSigned(body, signature, key);
  if (typeof value === 'string') return value;
  const { director, commands, nonce } = value;
  const parsed = parseKnownCommands(commands);
  if (parsed === undefined || typeof director !== 'string') return noMessage;
  const { build } = buildOf(value);
  const parity = decodeParity(value.parity);
  const heartbeat = decodeHeartbeat(value.heartbeat);
  return {
    director,
    ...(build !== '' && { build }),
    commands: parsed.known,
    memberships: parsed.memberships,
    ...(parity && { parity }),
    ...(typeof nonce === 'string' && { nonce: nonce.slice(0, 100) }),
    ...(heartbeat && { heartbeat }),
    serving: decodeServing(value.serving),
  };
};
