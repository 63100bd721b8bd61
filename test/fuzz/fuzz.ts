// Fuzzes one parser, guided by coverage: an input that reaches new code, or runs a block far more often, is kept and changed further.

import { messageOf } from '../../base/error.ts';
import type { Below } from '../../base/random.ts';
import { countBlocks } from './coverage.ts';
import { mutate } from './mutate.ts';
import type { Target } from './target.ts';

export type Fault = { readonly input: Buffer; readonly why: string };

export type Fuzzed = {
  readonly executions: number;
  /** How many characters of code were reached. */
  readonly size: number;
  /** Inputs that found something, the given ones included, in their order. */
  readonly corpus: readonly Buffer[];
  readonly faults: readonly Fault[];
};

export type FuzzOptions = {
  readonly target: Target;
  readonly corpus: readonly Buffer[];
  /** In milliseconds. */
  readonly span: number;
  readonly below: Below;
  /** Ends with this many faults in different places; 5 where absent. */
  readonly mostFaults?: number;
  /** Called with each input before it is executed. */
  readonly onInput?: (input: Buffer) => void;
};

/** Where an exception was thrown: the same place is the same fault. */
const placeIn = (why: string): string => /^ {4}at .*/m.exec(why)?.[0] ?? why;

/** Reading the counters takes milliseconds: it is done once for so many inputs, and for each alone only where they found something. */
const batchLength = 100;
/** A parser may use the processor for this long for an input, in milliseconds; one that is slow twice is at fault. */
const longest = 2000;

const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

export const runOnce = async (target: Target, input: Buffer): Promise<string | undefined> => {
  try {
    await target.run(input);
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? messageOf(error)) : messageOf(error);
  }
};

export const fuzz = async ({
  target,
  corpus: given,
  span,
  below,
  mostFaults = 5,
  onInput,
}: FuzzOptions): Promise<Fuzzed> => {
  const coverage = countBlocks();
  const corpus: Buffer[] = [];
  const faults: Fault[] = [];
  let executions = 0;

  const execute = async (input: Buffer): Promise<void> => {
    onInput?.(input);
    executions += 1;
    const from = processorTime();
    let why = await runOnce(target, input);
    if (why === undefined && processorTime() - from > longest) {
      const again = processorTime();
      await runOnce(target, input);
      const took = processorTime() - again;
      if (took > longest) why = `it takes ${Math.round(took)} ms of the processor`;
    }
    if (why !== undefined && faults.length < mostFaults && !faults.some((fault) => placeIn(fault.why) === placeIn(why)))
      faults.push({ input, why });
  };
  const executeAlone = async (input: Buffer): Promise<void> => {
    await execute(input);
    if (coverage.learn()) corpus.push(input);
  };

  const end = performance.now() + span;
  for (const input of [Buffer.alloc(0), ...target.seeds().map((seed) => Buffer.from(seed)), ...given])
    await executeAlone(input);
  while (performance.now() < end && faults.length < mostFaults) {
    const batch = Array.from({ length: batchLength }, () => {
      // The latest finds are the least explored.
      const back = below(2) === 0 ? below(corpus.length) : below(Math.min(8, corpus.length));
      return mutate(corpus[corpus.length - 1 - back] ?? Buffer.alloc(0), corpus, target.words ?? [], below);
    });
    for (const input of batch) await execute(input);
    if (coverage.peek()) for (const input of batch) await executeAlone(input);
  }
  const size = coverage.size();
  coverage.stop();
  return { executions, size, corpus, faults };
};
