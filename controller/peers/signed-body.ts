// Reads bodies between directors. Little is taken from a sender before it is known to have the key: it signs the length first.

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

const signatureHeader = 'regent-signature';
const lengthHeader = 'regent-length-signature';

/** Most bytes of a body whose length is not signed, and of any body. */
const unknownLimit = 64 * 2 ** 10;
const knownLimit = 8 * 2 ** 20;

const hmac = (text: string, key: Buffer): Buffer => createHmac('sha256', key).update(text).digest();

/** HMAC-SHA256 of the body. A replayed message does no harm, because older commands lose against newer ones. */
export const sign = (body: string, key: Buffer): string => hmac(body, key).toString('hex');

export const isSigned = (text: string, signature: string | undefined, key: Buffer): boolean => {
  const given = Buffer.from(signature ?? '', 'hex');
  const wanted = hmac(text, key);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
};

export const signatureOf = ({ headers }: IncomingMessage): string | undefined => headers[signatureHeader]?.toString();

/** Bound to one body: who replays it can hand in no more bytes than that body had. */
const lengthText = (length: number, signature: string): string => `length ${length} of ${signature}`;

export const signedHeaders = (body: string, key: Buffer): Readonly<Record<string, string | number>> => {
  const [length, signature] = [Buffer.byteLength(body), sign(body, key)];
  return {
    'content-type': 'application/json',
    'content-length': length,
    [signatureHeader]: signature,
    [lengthHeader]: sign(lengthText(length, signature), key),
  };
};

/** How many bytes of a body are taken. Pure. */
export const limitOf = (headers: IncomingHttpHeaders, key: Buffer): number => {
  const length = Number(headers['content-length']);
  const text = lengthText(length, String(headers[signatureHeader]));
  return isSigned(text, headers[lengthHeader]?.toString(), key) ? Math.min(length, knownLimit) : unknownLimit;
};

/** Rejects a body that is longer than {@link limitOf} allows, before it is read where its length is announced. */
export const readBody = (incoming: IncomingMessage, key: Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    const limit = limitOf(incoming.headers, key);
    const refuse = (): void => {
      reject(new Error(`its body is longer than the ${limit} bytes that are taken from it`));
      incoming.destroy();
    };
    if (Number(incoming.headers['content-length'] ?? 0) > limit) {
      refuse();
      return;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) refuse();
      else chunks.push(chunk);
    });
    incoming.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    incoming.on('error', reject);
    incoming.on('close', () => reject(new Error('it ended in the middle of its body')));
  });
