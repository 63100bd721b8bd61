// What the page gets of a run: see drill/report/view.ts, which makes it.

type Span = { readonly begin: number; readonly end: number; readonly tone: string; readonly title: string };
type Tick = { readonly time: number; readonly title: string; readonly isCross: boolean };
export type Lane = { readonly name: string; readonly spans: readonly Span[]; readonly ticks: readonly Tick[] };

/** A run as the page's JSON has it: requests as columns. */
export type PackedView = {
  readonly begin: number;
  readonly end: number;
  readonly due: readonly number[];
  readonly lanes: readonly Lane[];
  readonly times: readonly number[];
  readonly latencies: readonly number[];
  /** Of each request: an index into `words`, which are the series and then reasons of failures. */
  readonly outcomes: readonly number[];
  readonly words: readonly string[];
  readonly rates: readonly { readonly time: number; readonly series: string; readonly count: number }[];
  readonly series: readonly string[];
  readonly open: readonly { readonly time: number; readonly count: number }[];
};

export type PageView = PackedView & {
  readonly points: readonly {
    readonly time: number;
    readonly latency: number;
    readonly server: string;
    readonly error: string | null;
  }[];
};

export const unpack = (view: PackedView): PageView => {
  const { times, latencies, outcomes, words, series } = view;
  const failed = series.at(-1) ?? '';
  return {
    ...view,
    points: times.map((time, index) => {
      const outcome = outcomes[index] ?? 0;
      const word = words[outcome] ?? '';
      const isFailed = outcome >= series.length;
      return { time, latency: latencies[index] ?? 0, server: isFailed ? failed : word, error: isFailed ? word : null };
    }),
  };
};
