// Explains the state of a router or real server. Keeps each router's last transition, also from before this controller's start.

import type { DirectorConfig } from '../../config/model/model.ts';
import { spellEndpoint } from '../../net/endpoint.ts';
import type { VrrpEvent } from '../../vrrp/events.ts';
import type { RouterStatus } from '../../vrrp/status.ts';
import type { AnycastStatus } from '../anycast/anycast.ts';
import type { LogRecord } from '../log/record.ts';
import type { SplitBrainStatus } from '../split-brain/split-brain.ts';
import type { Status } from './status.ts';
import { type Explanation, explainAnycast, explainRouter, explainServer, type RouterTransition } from './why.ts';

export type Explanations = {
  readonly note: (event: VrrpEvent) => void;
  /** Reads transitions from the journal: an adopted router changed its state before this controller started. */
  readonly recall: (records: AsyncIterable<LogRecord>) => Promise<void>;
  /** Returns a string when there is no such router or server. */
  readonly ofRouter: (name: string) => Explanation | string;
  readonly ofAnycast: (name: string) => Explanation | string;
  readonly ofServer: (name: string) => readonly Explanation[] | string;
};

export type ExplanationsOptions = {
  readonly config: () => DirectorConfig;
  readonly routers: () => readonly RouterStatus[];
  /** The verdict on a split brain of this router, if there is one. */
  readonly verdictOf: (router: string) => SplitBrainStatus['verdicts'][number] | undefined;
  readonly anycast: () => readonly AnycastStatus[];
  readonly services: () => Status['services'];
};

const unknownName = (kind: string, name: string, names: readonly string[]): string =>
  `There is no ${kind} ${name}; there are ${[...new Set(names)].join(', ') || 'none'}`;

export const openExplanations = ({
  config,
  routers,
  verdictOf,
  anycast,
  services,
}: ExplanationsOptions): Explanations => {
  const transitions = new Map<string, RouterTransition>();

  const note = (event: VrrpEvent): void => {
    if (event.type !== 'transition') return;
    const names = new Set(config().vrrp.routers.map(({ name }) => name));
    for (const name of transitions.keys()) if (!names.has(name)) transitions.delete(name);
    if (!names.has(event.router)) return;
    const known = transitions.get(event.router);
    if (known === undefined || known.at <= event.at) transitions.set(event.router, event);
  };

  return {
    note,
    recall: async (records) => {
      for await (const { event } of records) {
        if (typeof event === 'object' && event !== null && 'type' in event) note(event as VrrpEvent);
      }
    },
    ofRouter: (name) => {
      const own = config().vrrp.routers.find((router) => router.name === name);
      const router = routers().find((candidate) => candidate.name === name);
      if (own !== undefined && router !== undefined) {
        const explanation = explainRouter(router, own, transitions.get(name));
        const found = verdictOf(name);
        return found === undefined
          ? explanation
          : { ...explanation, decidedBy: `${explanation.decidedBy}; split brain, ${found.verdict}: ${found.text}` };
      }
      return unknownName(
        'router',
        name,
        config().vrrp.routers.map((each) => each.name),
      );
    },
    ofAnycast: (name) => {
      const entries = config().anycast?.addresses ?? [];
      const own = entries.find((entry) => entry.name === name);
      const status = anycast().find((entry) => entry.name === name);
      if (own !== undefined && status !== undefined) return explainAnycast(status, own, Date.now());
      return unknownName(
        'entry of anycast',
        name,
        entries.map((entry) => entry.name),
      );
    },
    ofServer: (text) => {
      const name = spellEndpoint(text);
      const servers = services().flatMap((service, index) => {
        const { checks = [], realServers = [] } = config().virtualServices[index] ?? {};
        return service.servers.map((server) => ({ server, service, checks, realServers }));
      });
      const explanations = servers
        .filter(({ server }) => server.name === name)
        .map(({ server, service, checks, realServers }): Explanation => {
          const own = realServers.find((each) => each.name === name)?.checks ?? checks;
          const explanation = explainServer(server, service.name, own);
          return service.fault === undefined
            ? explanation
            : { ...explanation, decidedBy: `${explanation.decidedBy}; but nothing is scheduled: ${service.fault}` };
        });
      return explanations.length > 0
        ? explanations
        : unknownName(
            'real server',
            name,
            servers.map(({ server }) => server.name),
          );
    },
  };
};
