// What the page gets of a run: see drill/report/view.ts, which makes it.

type Span = { readonly begin: number; readonly end: number; readonly tone: string; readonly title: string };
type Tick = { readonly time: number; readonly title: string; readonly isCross: boolean };
export type Lane = { readonly name: string; readonly spans: readonly Span[]; readonly ticks: readonly Tick[] };

export type PageView = {
  readonly begin: number;
  readonly end: number;
  readonly due: readonly number[];
  readonly lanes: readonly Lane[];
  readonly points: readonly {
    readonly time: number;
    readonly latency: number;
    readonly server: string;
    readonly error: string | null;
  }[];
  readonly rates: readonly { readonly time: number; readonly series: string; readonly count: number }[];
  readonly series: readonly string[];
  readonly open: readonly { readonly time: number; readonly count: number }[];
};
