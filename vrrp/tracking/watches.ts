// Watches what the routers of a configuration depend on beyond their interfaces: BFD sessions, routes, neighbours, key files.

import { unwatchFile, watchFile } from 'node:fs';
import { type Milliseconds, monotonic } from '../../base/units.ts';
import type { VrrpConfig } from '../../config/model/model.ts';
import type { NetlinkSocket } from '../../kernel/netlink/socket.ts';
import { type IpAddress, ip } from '../../net/ip-address.ts';
import { runBfd } from '../bfd/sessions.ts';
import { createBfdWire } from '../bfd/wire.ts';
import type { VrrpEventBody } from '../events.ts';
import type { Ports } from '../ports.ts';
import type { BfdStatus } from '../status.ts';
import type { ItemState } from './judgement.ts';
import { watchReachability } from './reach.ts';

const keysEvery = 2000;

export type WatchReport =
  | { readonly type: 'tracked'; readonly states: ReadonlyMap<string, ItemState> }
  /** A BFD session has lost its peer. */
  | {
      readonly type: 'peer-lost';
      readonly session: string;
      readonly address: IpAddress;
      readonly spread: Milliseconds;
      readonly reason: string;
    }
  | { readonly type: 'keys-changed'; readonly path: string };

export type Watches = {
  /** Watches what this configuration names. `known`: the states of an earlier process, at the start. */
  readonly follow: (config: VrrpConfig, known?: Iterable<readonly [item: string, state: ItemState]>) => void;
  readonly bfdStatus: () => readonly BfdStatus[];
  readonly close: () => void;
};

type WatchesOptions = {
  readonly netlink: NetlinkSocket;
  readonly at: Ports['at'];
  readonly emit: (event: VrrpEventBody) => void;
  readonly report: (report: WatchReport) => void;
};

const keyFilesOf = ({ routers }: VrrpConfig): string[] => [
  ...new Set(routers.flatMap(({ authentication }) => (authentication?.type === 'hmac' ? authentication.keyFile : []))),
];

export const createWatches = ({ netlink, at, emit, report }: WatchesOptions): Watches => {
  const bfd = runBfd(
    {
      clock: monotonic,
      at: (instant, callback) => at(instant, callback, false),
      soon: (callback) => void setImmediate(callback),
      random: Math.random,
      open: createBfdWire(Math.random),
    },
    {
      onState: (name, state) => report({ type: 'tracked', states: new Map([[`bfd ${name}`, state]]) }),
      onLoss: (session, address, spread, reason) => report({ type: 'peer-lost', session, address, spread, reason }),
      onError: (name, message) => emit({ type: 'kernel-error', message: `BFD session ${name}: ${message}` }),
    },
  );
  let reach: { close(): void } | undefined;
  let keyFiles: readonly string[] = [];

  const followReach = ({ routers, groups }: VrrpConfig): void => {
    const tracked = [...routers, ...groups].flatMap(({ track }) => track);
    const named = (kind: 'route' | 'neighbour'): string[] => [
      ...new Set(tracked.flatMap((entry) => (entry.kind === kind ? entry.name : []))),
    ];
    reach?.close();
    reach = watchReachability({
      netlink,
      routes: named('route'),
      neighbours: named('neighbour').map(ip),
      onStates: (states) => report({ type: 'tracked', states }),
      onError: (message) => emit({ type: 'kernel-error', message }),
    });
  };

  /** Keys are read again when their file changes; Node checks that in another thread, so that a slow disk delays nothing. */
  const followKeyFiles = (files: readonly string[]): void => {
    for (const file of keyFiles) unwatchFile(file);
    keyFiles = files;
    for (const path of files)
      watchFile(path, { interval: keysEvery, persistent: false }, () => report({ type: 'keys-changed', path }));
  };

  return {
    follow: (config, known = []) => {
      followKeyFiles(keyFilesOf(config));
      const up = new Set([...known].flatMap(([item, { state }]) => (state === 'up' ? item : [])));
      bfd.configure(config.bfd, new Set(config.bfd.flatMap(({ name }) => (up.has(`bfd ${name}`) ? name : []))));
      followReach(config);
    },
    bfdStatus: bfd.status,
    close: bfd.close,
  };
};
