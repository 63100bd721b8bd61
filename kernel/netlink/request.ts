// Netlink requests and their results, and how many requests are sent at once. Pure.

import type { KernelError } from '../system/error.ts';
import type { Message } from './codec.ts';

/** One request; NLM_F_REQUEST and NLM_F_ACK (or NLM_F_DUMP) are added when it is sent. */
export type Request = {
  /** Its name in errors, after "Cannot": `add 192.168.55.100/32 to enp0s9`. */
  readonly operation: string;
  readonly type: number;
  /** Further flags, such as NLM_F_CREATE. */
  readonly flags?: number;
  /** The family's header and its attributes. */
  readonly payload: Buffer;
};

/** The kernel's answer to one request; `replies` holds the messages before the acknowledgement (CTRL_CMD_GETFAMILY has one). */
export type Result =
  | { readonly ok: true; readonly replies: readonly Message[] }
  | { readonly ok: false; readonly error: KernelError };

// Bounded so that the acknowledgements of a window always fit the receive buffer: 2,000 at once overran a default one.
const windowSize = 64;
const windowBytes = 65_536;

/** Splits requests into windows sent together, in order. */
export const windowsOf = (requests: readonly Request[]): Request[][] => {
  const windows: Request[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const request of requests) {
    const length = request.payload.length + 32;
    const open = windows.at(-1);
    if (open === undefined || open.length === windowSize || bytes + length > windowBytes) {
      windows.push([request]);
      bytes = length;
    } else {
      open.push(request);
      bytes += length;
    }
  }
  return windows;
};
