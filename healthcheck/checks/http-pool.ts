// HTTP connections that are kept between the probes of a target, a bounded number over all targets.

import type { Socket } from 'node:net';
import type { HttpCheck, HttpsCheck } from '../../config/model/check-model.ts';
import { cutSocket } from '../connection.ts';
import type { Target } from '../messages.ts';

type WebTarget = Target<HttpCheck | HttpsCheck>;

export type Line = {
  readonly bare: Socket;
  /** What requests go over: TLS, or the bare connection. */
  readonly stream: Socket;
  /** How many requests it has carried. */
  uses: number;
};

export type HttpPool = {
  /** The kept connection of a target, which is its own from then on. */
  readonly take: (target: WebTarget) => Line | undefined;
  /** Keeps a connection that waits for nothing; cuts it where enough are kept. */
  readonly keep: (target: WebTarget, line: Line) => void;
  /** Whether the target's last probe failed on a connection that had served before. */
  readonly isDoubted: (target: WebTarget) => boolean;
  readonly doubt: (target: WebTarget, isDoubted: boolean) => void;
};

export const createHttpPool = (mostKept: number): HttpPool => {
  // By target, so that no check uses a connection that another one verified; they go with it.
  const lines = new WeakMap<WebTarget, { readonly line: Line; readonly release: () => void }>();
  const doubted = new WeakSet<WebTarget>();
  let kept = 0;

  const take: HttpPool['take'] = (target) => {
    const held = lines.get(target);
    held?.release();
    return held?.line.stream.destroyed ? undefined : held?.line;
  };

  const keep: HttpPool['keep'] = (target, line) => {
    if (kept >= mostKept || line.stream.destroyed || line.bare.destroyed) return cutSocket(line.bare);
    const { interval, timeout } = target.check;
    kept += 1;
    const release = (): void => {
      kept -= 1;
      lines.delete(target);
      clearTimeout(timer);
      for (const event of ends) line.stream.off(event, drop);
      line.bare.off('close', drop);
    };
    const drop = (): void => {
      release();
      cutSocket(line.bare);
    };
    // What comes unasked, or an end, makes it of no use; and what no probe has used for two intervals has no target any more.
    const ends = ['data', 'end', 'close', 'error'] as const;
    for (const event of ends) line.stream.on(event, drop);
    line.bare.on('close', drop);
    const timer = setTimeout(drop, 2 * interval + timeout);
    lines.set(target, { line, release });
  };

  return {
    take,
    keep,
    isDoubted: (target) => doubted.has(target),
    doubt: (target, isDoubted) => {
      if (isDoubted) doubted.add(target);
      else doubted.delete(target);
    },
  };
};
