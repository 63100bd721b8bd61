// Entries that the kernel refused, by key: reported once and at each change, kept until accepted or no longer wanted.

import type { VrrpEventBody } from '../events.ts';

export type KernelRefusals = {
  readonly refused: (key: string, router: string, message: string) => void;
  /** The kernel accepted an entry. @returns whether it had been refused before. */
  readonly taken: (key: string) => boolean;
  /** Forgets all entries that are not wanted now. */
  readonly keepOnly: (keys: ReadonlySet<string>) => void;
  readonly reasonOf: (key: string) => string | undefined;
  readonly isEmpty: () => boolean;
};

export const createKernelRefusals = (emit: (event: VrrpEventBody) => void): KernelRefusals => {
  const messages = new Map<string, string>();
  return {
    refused: (key, router, message) => {
      if (messages.get(key) !== message) emit({ type: 'kernel-error', router, message });
      messages.set(key, message);
    },
    taken: (key) => messages.delete(key),
    keepOnly: (keys) => {
      for (const key of messages.keys()) if (!keys.has(key)) messages.delete(key);
    },
    reasonOf: (key) => messages.get(key),
    isEmpty: () => messages.size === 0,
  };
};
