// What a run sees: events of the hosts, and the client's requests and connections; told to the narrator as they come.

import type { ClientPlan } from '../client/batch.ts';
import type { Event } from '../recording/recording.ts';
import type { Evidence } from './check.ts';
import { type Client, startClient } from './client.ts';
import type { Narrator } from './narrator.ts';
import { connectionsOf } from './relative.ts';
import type { Observed, Target } from './target.ts';

export type Observation = {
  readonly client: Client;
  readonly onEvent: (event: Observed) => void;
  /** All so far, in the order of their times. */
  readonly events: () => readonly Event[];
  readonly evidence: () => Evidence;
  readonly stop: () => Promise<void>;
};

export const observe = async (target: Target, plan: ClientPlan, narrator: Narrator): Promise<Observation> => {
  const seen: Observed[] = [];
  const onEvent = (event: Observed): void => {
    seen.push(event);
    narrator.onEvent(event);
  };
  const events = (): readonly Event[] => seen.toSorted((one, other) => one.time - other.time);
  const answered: Record<string, number> = {};
  let failed = 0;
  const stopWatching = await target.watch(onEvent);
  const client = startClient(target, plan, (outcomes) => {
    for (const [, , , good, word] of outcomes) {
      if (good === 1) answered[word] = (answered[word] ?? 0) + 1;
      else failed += 1;
    }
  });
  const seconds = setInterval(() => {
    narrator.onSecond({ ...answered }, failed);
    for (const server of Object.keys(answered)) answered[server] = 0;
    failed = 0;
  }, 1000);
  const { addresses, terms } = target;
  return {
    client,
    onEvent,
    events,
    evidence: () => ({
      requests: client.requests(),
      connections: connectionsOf(client.connections()),
      events: events(),
      addresses,
      terms,
    }),
    stop: async () => {
      clearInterval(seconds);
      await client.stop();
      await stopWatching();
    },
  };
};
