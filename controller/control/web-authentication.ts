// Which requests for metrics are allowed: those with a password of a user (bcrypt), or with the token. What was right once costs nothing again.

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { messageOf } from '../../base/error.ts';
import { readRegularFile } from '../../base/regular-file.ts';

export type AuthenticationConfig = {
  readonly basicAuthUsers: Readonly<Record<string, string>>;
  readonly bearerTokenFile?: string;
};

/** Busy: another password is being compared, which takes a processor for a tenth of a second. */
export type Admission = 'admitted' | 'refused' | 'busy';

const mostTokenBytes = 4096;
/** Right passwords that are remembered, as keyed hashes. */
const mostRemembered = 20;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** @returns the token, or why there is none */
const tokenIn = (path: string): { readonly token: string } | { readonly why: string } => {
  try {
    const token = readRegularFile(path, mostTokenBytes).toString('utf8').trim();
    return token === '' ? { why: `${path} is empty` } : { token };
  } catch (error) {
    return { why: messageOf(error) };
  }
};

const decodeBasic = (text: string): { readonly name: string; readonly password: string } | undefined => {
  const [, name, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(text, 'base64').toString('utf8')) ?? [];
  return name === undefined || password === undefined ? undefined : { name, password };
};

/** Judges an Authorization header; without users and token everybody is admitted. */
/** @param onToken called with the reason when the token begins to be unreadable, and without one when it can be read again */
export const openAuthentication = (
  { basicAuthUsers, bearerTokenFile }: AuthenticationConfig,
  onToken: (why: string | undefined) => void = () => undefined,
): ((header: string | undefined) => Promise<Admission>) => {
  const key = randomBytes(32);
  const right = new Set<string>();
  const hashes = new Map(Object.entries(basicAuthUsers));
  const [anyHash = ''] = hashes.values();
  let isComparing = false;
  let fault: string | undefined;

  const judgePassword = async (name: string, password: string): Promise<Admission> => {
    const known = hashes.get(name);
    const mark = createHmac('sha256', key).update(`${name}\0${known}\0${password}`).digest('hex');
    if (right.has(mark)) return 'admitted';
    if (isComparing) return 'busy';
    isComparing = true;
    try {
      const { default: bcrypt } = await import('bcryptjs');
      // An unknown name takes as long as a wrong password.
      const isRight = await bcrypt.compare(password, known ?? anyHash);
      if (!isRight || known === undefined) return 'refused';
    } finally {
      isComparing = false;
    }
    right.add(mark);
    const [oldest] = right;
    if (right.size > mostRemembered && oldest !== undefined) right.delete(oldest);
    return 'admitted';
  };

  return async (header) => {
    if (hashes.size === 0 && bearerTokenFile === undefined) return 'admitted';
    const [, scheme = '', credentials = ''] = /^(\w+) +(\S+)$/.exec(header ?? '') ?? [];
    if (scheme.toLowerCase() === 'bearer' && bearerTokenFile !== undefined) {
      const found = tokenIn(bearerTokenFile);
      const why = 'why' in found ? found.why : undefined;
      if (why !== fault) onToken(why);
      fault = why;
      return 'token' in found && timingSafeEqual(digest(found.token), digest(credentials)) ? 'admitted' : 'refused';
    }
    const given = scheme.toLowerCase() === 'basic' && hashes.size > 0 ? decodeBasic(credentials) : undefined;
    return given === undefined ? 'refused' : judgePassword(given.name, given.password);
  };
};
