// Which code of the project's modules was executed, as V8 counts it in this thread: new is code that no input before has reached,
// and a block that runs more often by an order of magnitude.

import { type Profiler, Session } from 'node:inspector';

export type Coverage = {
  /** Whether what was executed since the last call reached new code, which is then known. */
  readonly learn: () => boolean;
  /** The same without learning it, for several inputs together; how often they ran a block together says nothing. */
  readonly peek: () => boolean;
  /** How many characters of code are known. */
  readonly size: () => number;
  readonly stop: () => void;
};

const isOurs = (url: string): boolean => /\/dist\/(?!test\/)/.test(url);

/** The code of a function that was executed: an inner range has its own count. */
const paint = ({ ranges }: Profiler.FunctionCoverage): { readonly from: number; readonly covered: Uint8Array } => {
  const [{ startOffset: from, endOffset: to } = { startOffset: 0, endOffset: 0 }] = ranges;
  const covered = new Uint8Array(to - from);
  for (const { startOffset, endOffset, count } of ranges)
    covered.fill(count > 0 ? 1 : 0, startOffset - from, endOffset - from);
  return { from, covered };
};

const magnitudes = ({ ranges }: Profiler.FunctionCoverage, script: string): string[] =>
  ranges
    .filter(({ count }) => count > 1)
    .map(({ startOffset, endOffset, count }) => `${script} ${startOffset} ${endOffset} ${Math.ceil(Math.log2(count))}`);

export const countBlocks = (): Coverage => {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const known = new Map<string, Set<number>>();
  const often = new Set<string>();

  /** Counts begin anew with each call. */
  const executed = (): { readonly script: string; readonly own: Profiler.FunctionCoverage }[] => {
    let scripts: readonly Profiler.ScriptCoverage[] = [];
    // Answered in the same turn.
    session.post('Profiler.takePreciseCoverage', (_error, { result }) => {
      scripts = result;
    });
    return scripts
      .filter(({ url }) => isOurs(url))
      .flatMap(({ scriptId, functions }) =>
        functions.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0).map((own) => ({ script: scriptId, own })),
      );
  };
  const knownOf = (script: string): Set<number> => {
    const set = known.get(script) ?? new Set();
    known.set(script, set);
    return set;
  };
  const news = (script: string, own: Profiler.FunctionCoverage): number[] => {
    const { from, covered } = paint(own);
    const before = knownOf(script);
    return [...covered.keys()].filter((at) => covered[at] === 1 && !before.has(from + at)).map((at) => from + at);
  };

  executed();
  return {
    learn: () => {
      let isNew = false;
      for (const { script, own } of executed()) {
        for (const at of news(script, own)) {
          knownOf(script).add(at);
          isNew = true;
        }
        for (const magnitude of magnitudes(own, script)) {
          if (often.has(magnitude)) continue;
          often.add(magnitude);
          isNew = true;
        }
      }
      return isNew;
    },
    peek: () => executed().some(({ script, own }) => news(script, own).length > 0),
    size: () => [...known.values()].reduce((sum, { size }) => sum + size, 0),
    stop: () => {
      session.post('Profiler.stopPreciseCoverage');
      session.disconnect();
    },
  };
};
