// The protocol and build of `regent` and its director, in a header of each request and answer of the control socket. Pure.

import type { IncomingHttpHeaders } from 'node:http';
import { explainIncompatible, type Greeting, greetingOf } from '../../channel/greeting.ts';

const header = 'regent-hello';

/** Raised when the paths or the meaning of answers change in a way that an older client would misread. */
export const controlGreeting = (build: string): Greeting => ({ protocol: 1, oldest: 1, build });

export const greetingHeaders = (greeting: Greeting): Readonly<Record<string, string>> => ({
  [header]: JSON.stringify({ type: 'hello', ...greeting }),
});

/** @returns why the other end is not understood; undefined where it is, or says nothing, as scripts do. */
export const refuseGreeting = (own: Greeting, headers: IncomingHttpHeaders): string | undefined => {
  const text = headers[header]?.toString();
  if (text === undefined) return undefined;
  try {
    const other = greetingOf(JSON.parse(text));
    return other === undefined ? undefined : explainIncompatible(own, other);
  } catch {
    return undefined;
  }
};
