// HTTP connections kept between the probes of a target, bounded in number over all targets.

import type { Socket } from 'node:net';
import type { HttpCheck, HttpsCheck } from '../../config/model/check-model.ts';
import { cutSocket } from '../connection.ts';
import type { Target } from '../messages.ts';

type WebTarget = Target<HttpCheck | HttpsCheck>;

export type Line = {
  readonly bare: Socket;
  /** The stream that carries requests: TLS, or the bare connection. */
  readonly stream: Socket;
  /** Requests carried so far. */
  uses: number;
};

export type HttpPool = {
  /** Removes and returns the kept connection of a target. */
  readonly take: (target: WebTarget) => Line | undefined;
  /** Keeps an idle connection; closes it if the limit is reached. */
  readonly keep: (target: WebTarget, line: Line) => void;
  /** Whether the target's last probe failed on a connection that had served before. */
  readonly isDoubted: (target: WebTarget) => boolean;
  readonly doubt: (target: WebTarget, isDoubted: boolean) => void;
};

export const createHttpPool = (mostKept: number): HttpPool => {
  // By target, so that no check uses a connection that another check verified; released with the target.
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
    const drop = (): void => {
      lines.get(target)?.release();
      cutSocket(line.bare);
    };
    // Unexpected data or an end makes a connection useless; if no probe used it for two intervals, its target is gone.
    const ends = ['data', 'end', 'close', 'error'] as const;
    for (const event of ends) line.stream.on(event, drop);
    line.bare.on('close', drop);
    const timer = setTimeout(drop, 2 * interval + timeout);
    const release = (): void => {
      kept -= 1;
      lines.delete(target);
      clearTimeout(timer);
      for (const event of ends) line.stream.off(event, drop);
      line.bare.off('close', drop);
    };
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
