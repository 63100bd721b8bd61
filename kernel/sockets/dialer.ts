// What the dialers of whole and of half-open connections share: their type, their callbacks, and when they look for answers.

import type { IpAddress } from '../../net/ip-address.ts';
import type { KernelError } from '../system/error.ts';

export type Dialled =
  /** Established; `roundTrip` in milliseconds, absent where a packet was retransmitted. */
  { readonly ok: true; readonly roundTrip?: number } | { readonly ok: false; readonly error: KernelError };

export type Destination = { readonly address: IpAddress; readonly port: number };

export type Dialer = {
  /**
   * Begins a connection. It is reset once established, which leaves no TIME_WAIT.
   * @param source the local address; the kernel's choice where absent.
   * @param done called once, in a later turn of the loop.
   * @returns a function that ends it without calling `done`.
   */
  dial(to: Destination, source: IpAddress | undefined, done: (how: Dialled) => void): () => void;
};

/** Calls back. An error that the callback throws is uncaught, and does not stop the others. */
export const callBack = (done: (how: Dialled) => void, how: Dialled): void => {
  try {
    done(how);
  } catch (error) {
    setImmediate(() => {
      throw error;
    });
  }
};

/** The delay from the last connection's begin to the next look, in milliseconds: short at first, then longer. */
const firstLook = 1;
const slowestLook = 10;

export type Looking = {
  /** Looks once more in this turn of the loop, for immediate answers, and then until nothing is pending. */
  readonly soon: () => void;
  readonly end: () => void;
};

export const createLooking = (look: () => void, isPending: () => boolean): Looking => {
  let isDue = false;
  let pause = firstLook;
  let timer: NodeJS.Timeout | undefined;

  const lookOn = (): void => {
    timer = undefined;
    look();
    if (!isPending() || timer !== undefined) return;
    timer = setTimeout(lookOn, pause);
    pause = Math.min(2 * pause, slowestLook);
  };

  return {
    soon: () => {
      if (isDue) return;
      isDue = true;
      setImmediate(() => {
        isDue = false;
        pause = firstLook;
        clearTimeout(timer);
        lookOn();
      });
    },
    end: () => clearTimeout(timer),
  };
};
