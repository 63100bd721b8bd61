// Asks the routing daemon at intervals what it announces, for status and metrics only.

import type { AnycastConfig } from '../../config/model/model.ts';
import { readEngine } from '../../routing/engine.ts';
import type { EngineState } from '../../routing/engine-state.ts';

const askEvery = 2000;

export type EngineWatch = {
  /** The last answer; undefined before the first, and where no daemon is configured. */
  readonly state: () => EngineState | undefined;
  readonly close: () => void;
};

export const watchEngine = ({ engine, addresses }: AnycastConfig): EngineWatch => {
  const prefixes = addresses.flatMap((entry) => entry.addresses);
  let state: EngineState | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  const ask = async (): Promise<void> => {
    if (engine === undefined) return;
    state = await readEngine(engine, prefixes);
    if (!isClosed) timer = setTimeout(() => void ask(), askEvery);
  };
  void ask();
  return {
    state: () => state,
    close: () => {
      isClosed = true;
      clearTimeout(timer);
    },
  };
};
