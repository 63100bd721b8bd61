// Watches items for the vrrp process that must not delay its advertisements: scripts, files and processes.

import { isDeepStrictEqual } from 'node:util';
import type { StartGroup } from '../../base/process-group.ts';
import type { DirectorConfig } from '../../config/model/model.ts';
import type { TrackMessage } from '../../vrrp/messages.ts';
import type { Log } from '../log/log.ts';
import { watchFile } from './files.ts';
import type { Seen, Watcher } from './item.ts';
import { watchProcesses } from './processes.ts';
import { watchScript } from './scripts.ts';

export type Watching = {
  /** Watches the items of this configuration; unchanged ones are not disturbed. */
  readonly configure: (config: DirectorConfig) => void;
  /** Reports the state of a virtual service. */
  readonly service: (name: string, seen: Seen) => void;
  /** Sends all states again, to a new vrrp process. */
  readonly reportAll: () => void;
  readonly close: () => void;
};

type Watched = { readonly config: unknown; readonly watcher: Watcher };

/**
 * @param startGroup starts scripts.
 * @param send to the vrrp process; lost messages are repeated by `reportAll`.
 */
export const watchTracked = (startGroup: StartGroup, send: (message: TrackMessage) => void, log: Log): Watching => {
  const watched = new Map<string, Watched>();
  const seen = new Map<string, Seen>();

  const sendChange = (item: string, state: Seen): void => {
    if (isDeepStrictEqual(seen.get(item), state)) return;
    seen.set(item, state);
    send({ type: 'track', item, ...state });
  };
  const report = (item: string, state: Seen): void => {
    // The vrrp process logs known states; the reason for an unknown one is logged here.
    if (state.state === 'unknown' && seen.get(item)?.reason !== state.reason) {
      log('warn', { process: 'director', subject: item, event: 'tracked-unknown' }, state.reason);
    }
    sendChange(item, state);
  };

  const wantedBy = ({ vrrp }: DirectorConfig) => {
    const entries = [...vrrp.routers, ...vrrp.groups].flatMap(({ track }) => track);
    const isTracked = (kind: string, name: string) =>
      entries.some((entry) => entry.kind === kind && entry.name === name);
    const start = <Config extends { readonly name: string }>(
      kind: string,
      configs: readonly Config[],
      open: (config: Config, report: (state: Seen) => void) => Watcher,
    ) =>
      configs
        .filter(({ name }) => isTracked(kind, name))
        .map((config) => {
          const item = `${kind} ${config.name}`;
          return { item, config, open: () => open(config, (state) => report(item, state)) };
        });
    return [
      ...start('script', vrrp.scripts, (config, reportState) => watchScript(startGroup, config, reportState)),
      ...start('process', vrrp.processes, watchProcesses),
      ...start('file', vrrp.files, watchFile),
    ];
  };

  return {
    configure: (config) => {
      const wanted = wantedBy(config);
      for (const [item, known] of watched) {
        const next = wanted.find((one) => one.item === item);
        if (next !== undefined && isDeepStrictEqual(next.config, known.config)) continue;
        known.watcher.close();
        watched.delete(item);
        seen.delete(item);
      }
      // The vrrp process forgets what it does not track.
      const services = new Set(
        [...config.vrrp.routers, ...config.vrrp.groups].flatMap(({ track }) =>
          track.map(({ name }) => `service ${name}`),
        ),
      );
      for (const item of seen.keys()) if (item.startsWith('service ') && !services.has(item)) seen.delete(item);
      for (const { item, config: own, open } of wanted) {
        if (!watched.has(item)) watched.set(item, { config: own, watcher: open() });
      }
    },
    service: (name, state) => sendChange(`service ${name}`, state),
    reportAll: () => {
      for (const [item, state] of seen) send({ type: 'track', item, ...state });
    },
    close: () => {
      for (const { watcher } of watched.values()) watcher.close();
      watched.clear();
    },
  };
};
