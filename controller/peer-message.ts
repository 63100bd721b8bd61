// What directors say to each other: their commands, signed with the key that they share. Pure.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Commands, parseCommands, type ServerCommand } from './commands.ts';

export const signatureHeader = 'regent-signature';

export type PeerMessage = { readonly director: string; readonly commands: readonly ServerCommand[] };

/**
 * HMAC-SHA256 of the body. A message that is played again does no harm, because older commands lose against newer ones.
 */
export const sign = (body: string, key: Buffer): string => createHmac('sha256', key).update(body).digest('hex');

const isSigned = (body: string, signature: string | undefined, key: Buffer): boolean => {
  const given = Buffer.from(signature ?? '', 'hex');
  const wanted = Buffer.from(sign(body, key), 'hex');
  return given.length === wanted.length && timingSafeEqual(given, wanted);
};

export const encodePeerMessage = (director: string, commands: Commands): string =>
  JSON.stringify({ director, commands: [...commands.values()] } satisfies PeerMessage);

/** @returns the message, or why it counts for nothing, in words. */
export const decodePeerMessage = (body: string, signature: string | undefined, key: Buffer): PeerMessage | string => {
  if (!isSigned(body, signature, key)) return 'the signature is wrong: do both directors have the same key?';
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return 'it is no message of a director';
    const { director, commands } = value as Readonly<Record<string, unknown>>;
    const parsed = parseCommands(commands);
    return parsed === undefined || typeof director !== 'string'
      ? 'it is no message of a director'
      : { director, commands: parsed };
  } catch {
    return 'it is no message of a director';
  }
};
