// Messages of a type that this build does not know: logged and ignored, since different builds run together during an upgrade.

import { harmlessText } from './harmless-text.ts';

/** For the default branch of a switch that handles every type of this build. */
export const describeUnknown = (message: never): string => {
  const value: unknown = message;
  const type = typeof value === 'object' && value !== null && 'type' in value ? String(value.type) : typeof value;
  return `a message of another build is left aside: ${harmlessText(type, 60)}`;
};
