// Last resort for exceptions that no check has caught: their probe fails; the process and all other probes go on. Each is a
// defect of regent: counted and reported.

import { AsyncLocalStorage } from 'node:async_hooks';
import { harmlessText } from '../base/harmless-text.ts';
import { type Clock, elapsed, type Milliseconds, milliseconds } from '../base/units.ts';
import type { Defect, Target } from './messages.ts';
import { LocalFault } from './network-error.ts';
import type { Outcome, Probe } from './outcome.ts';

export type Defects = {
  /**
   * Makes a probe fail if it, or anything that it has started, throws. A fault of this host passes through.
   *
   * What a TCP check starts is not followed, which would cost as much as the check: it starts a connection alone, whose dialler
   * goes on after any exception.
   */
  readonly contain: (probe: Probe) => (target: Target) => Promise<Outcome>;
  /** Takes an uncaught exception. */
  readonly take: (error: unknown) => void;
};

export type DefectPorts = {
  readonly clock: Clock;
  readonly arm: (action: () => void, delay: Milliseconds) => void;
  readonly report: (defect: Defect) => void;
};

/** A defect is reported after a second, and while it recurs once a minute. */
const soon = milliseconds(1000);
const minute = milliseconds(60_000);
const mostKinds = 100;

type Running = { readonly end: (error: unknown) => void };
type Kind = { readonly target: string | undefined; readonly text: string; readonly stack: string; times: number };

const describe = (error: unknown): { readonly text: string; readonly stack: string } => {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
  return { text: harmlessText(message), stack: harmlessText(frames.map((line) => line.trim()).join(' '), 2000) };
};

export const createDefects = ({ clock, arm, report }: DefectPorts): Defects => {
  const probes = new AsyncLocalStorage<Running>();
  // By text and place, bounded: further kinds are counted with the first.
  const kinds = new Map<string, Kind>();

  const flush = (key: string): void => {
    const kind = kinds.get(key);
    if (kind === undefined) return;
    if (kind.times === 0) {
      kinds.delete(key);
      return;
    }
    const { target, text, stack, times } = kind;
    kind.times = 0;
    report({ type: 'defect', ...(target !== undefined && { target }), text, stack, times });
    arm(() => flush(key), minute);
  };

  const note = (target: string | undefined, error: unknown): string => {
    const { text, stack } = describe(error);
    const given = `${text} ${stack}`;
    const key = kinds.has(given) || kinds.size < mostKinds ? given : ([...kinds.keys()][0] ?? given);
    const known = kinds.get(key);
    if (known === undefined) {
      kinds.set(key, { target, text, stack, times: 1 });
      arm(() => flush(key), soon);
    } else known.times += 1;
    return text;
  };

  const failBy = (error: unknown, { id }: Target, latency: Milliseconds): Outcome => {
    const text = note(id, error);
    return { ok: false, latency, error: `defect of regent: ${text}` };
  };

  /** Without any object but its own promise, since these are thousands a second. */
  const containAlone = async (probe: Probe, target: Target): Promise<Outcome> => {
    try {
      return await probe(target, target.check.timeout);
    } catch (error) {
      if (error instanceof LocalFault) throw error;
      return failBy(error, target, milliseconds(0));
    }
  };

  const containAll = (probe: Probe, target: Target): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const startedAt = clock();
      const end = (error: unknown): void => resolve(failBy(error, target, elapsed(startedAt, clock())));
      const settle = (error: unknown): void => (error instanceof LocalFault ? reject(error) : end(error));
      probes.run({ end }, () => {
        try {
          probe(target, target.check.timeout).then(resolve, settle);
        } catch (error) {
          settle(error);
        }
      });
    });

  return {
    contain: (probe) => (target) => (target.check.type === 'tcp' ? containAlone : containAll)(probe, target),
    take: (error) => {
      const running = probes.getStore();
      if (running === undefined) note(undefined, error);
      else running.end(error);
    },
  };
};
