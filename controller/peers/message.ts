// Messages between directors: commands and connections, signed with their shared key. Pure.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Commands, parseCommands, type ServerCommand } from '../operator/commands.ts';

const noMessage = 'it is no message of a director';

export const signatureHeader = 'regent-signature';

export type PeerMessage = { readonly director: string; readonly commands: readonly ServerCommand[] };

/** HMAC-SHA256 of the body. A replayed message does no harm, because older commands lose against newer ones. */
export const sign = (body: string, key: Buffer): string => createHmac('sha256', key).update(body).digest('hex');

const isSigned = (body: string, signature: string | undefined, key: Buffer): boolean => {
  const given = Buffer.from(signature ?? '', 'hex');
  const wanted = Buffer.from(sign(body, key), 'hex');
  return given.length === wanted.length && timingSafeEqual(given, wanted);
};

export const encodePeerMessage = (director: string, commands: Commands): string =>
  JSON.stringify({ director, commands: [...commands.values()] } satisfies PeerMessage);

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

export const encodeQuestion = (question: TableQuestion): string => JSON.stringify(question);

export const encodeAnswer = ({ established, ...rest }: TableAnswer): string =>
  JSON.stringify({ ...rest, established: Buffer.from(established.buffer).toString('base64') });

const readSigned = (
  body: string,
  signature: string | undefined,
  key: Buffer,
): Readonly<Record<string, unknown>> | string => {
  if (!isSigned(body, signature, key)) return 'the signature is wrong: do both directors have the same key?';
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : noMessage;
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
  if (nonce !== asked) return 'it answers another question';
  const bytes = Uint8Array.from(Buffer.from(established, 'base64'));
  return bytes.length % 4 === 0 ? { director, nonce: asked, established: new Uint32Array(bytes.buffer) } : noMessage;
};

/** @returns the message, or the reason it is rejected. */
export const decodePeerMessage = (body: string, signature: string | undefined, key: Buffer): PeerMessage | string => {
  const value = readSigned(body, signature, key);
  if (typeof value === 'string') return value;
  const { director, commands } = value;
  const parsed = parseCommands(commands);
  return parsed === undefined || typeof director !== 'string' ? noMessage : { director, commands: parsed };
};
