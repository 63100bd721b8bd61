// The BFD sessions of a process in virtual time, as the watches of vrrp/tracking/ connect them with its routers.

import type { VrrpConfig } from '../../config/model/model.ts';
import { ip } from '../../net/ip-address.ts';
import { type BfdSessions, runBfd } from '../../vrrp/bfd/sessions.ts';
import type { Routers } from '../../vrrp/routers.ts';
import type { ItemState } from '../../vrrp/tracking/judgement.ts';
import type { Machine } from './machine.ts';
import type { Wire } from './wire.ts';

type DetectorsOptions = {
  readonly machine: Machine;
  readonly wire: Wire;
  readonly random: () => number;
  readonly isAlive: () => boolean;
  readonly routers: () => Routers | undefined;
};

export type Detectors = {
  /** @param known states of an earlier process, by item. */
  readonly follow: (config: VrrpConfig, known?: readonly (readonly [string, ItemState])[]) => void;
  readonly close: () => void;
};

export const createDetectors = ({ machine, wire, random, isAlive, routers }: DetectorsOptions): Detectors => {
  const hearers = new Map<string, (payload: Uint8Array) => void>();
  const at: Parameters<typeof runBfd>[0]['at'] = (instant, callback) =>
    machine.at(instant, () => {
      if (isAlive()) callback();
    });
  const sessions: BfdSessions = runBfd(
    {
      clock: machine.clock.now,
      at,
      soon: (callback) => void at(machine.clock.now(), callback),
      random,
      open: ({ peer }, onPacket) => {
        hearers.set(peer, (payload) => onPacket(payload, peer));
        return {
          send: (payload) => wire.sendBfd(machine.station, peer, payload),
          refused: () => 0,
          close: () => void hearers.delete(peer),
        };
      },
    },
    {
      onState: (name, state) => routers()?.track(new Map([[`bfd ${name}`, state]])),
      onLoss: (name, address, spread, reason) => routers()?.peerLost(name, address, spread, reason),
      onError: () => undefined,
    },
  );
  if (machine.ears !== undefined)
    machine.ears = { ...machine.ears, bfd: (source, payload) => hearers.get(ip(source))?.(payload) };
  return {
    follow: (config, known = []) => {
      const up = new Set(known.flatMap(([item, { state }]) => (state === 'up' ? item : [])));
      sessions.configure(config.bfd, new Set(config.bfd.flatMap(({ name }) => (up.has(`bfd ${name}`) ? name : []))));
    },
    close: sessions.close,
  };
};
