// The first frame of each end: the protocol and build that it speaks, and whether both ends understand each other. Pure.

import { harmlessText } from '../base/harmless-text.ts';

/** Raised when a message changes in a way that an older build would misread. Fields and types that are only added need no change. */
export const protocol = 1;
/** The oldest protocol that this build understands. */
export const oldestProtocol = 1;

export type Greeting = {
  readonly protocol: number;
  readonly oldest: number;
  /** Version and digest; empty if unknown. */
  readonly build: string;
};

/** What an end that does not greet speaks: builds before the first frame. */
export const ungreeted: Greeting = { protocol: 1, oldest: 1, build: '' };

const isVersion = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

export const encodeGreeting = ({ protocol: version, oldest, build }: Greeting): Buffer =>
  Buffer.from(`${JSON.stringify({ type: 'hello', protocol: version, oldest, build })}\n`);

/** @returns undefined where the frame is something else. */
export const greetingOf = (frame: unknown): Greeting | undefined => {
  if (typeof frame !== 'object' || frame === null || !('type' in frame) || frame.type !== 'hello') return undefined;
  const { protocol: version, oldest, build } = frame as { protocol?: unknown; oldest?: unknown; build?: unknown };
  if (!isVersion(version)) return undefined;
  return {
    protocol: version,
    oldest: isVersion(oldest) ? oldest : version,
    build: typeof build === 'string' ? harmlessText(build, 100) : '',
  };
};

const nameOf = ({ build }: Greeting): string => (build === '' ? 'its build' : `its build ${build}`);

/** @returns why the ends do not understand each other; undefined where they do. */
export const explainIncompatible = (own: Greeting, other: Greeting): string | undefined => {
  if (other.protocol < own.oldest)
    return `${nameOf(other)} speaks protocol ${other.protocol}, and this one needs ${own.oldest}`;
  if (own.protocol < other.oldest)
    return `${nameOf(other)} needs protocol ${other.oldest}, and this one speaks ${own.protocol}`;
  return undefined;
};
