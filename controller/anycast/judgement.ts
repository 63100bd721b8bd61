// What this director wants of an entry of `anycast`: by its services, commands, and what other directors announce. Pure.

import { elapsed, formatDuration, type Instant, milliseconds } from '../../base/units.ts';
import type { AnnouncedConfig } from '../../config/model/model.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { AnycastHeld } from '../../vrrp/status.ts';
import type { PeerStatus } from '../peers/peers.ts';

export type AnycastState = AnycastHeld['addresses'][number]['state'];

/** A service that must have its quorum. */
export type ServiceView = {
  readonly name: string;
  readonly state: 'up' | 'down' | 'unknown';
  readonly reason: string;
  /** Whether all of its servers have a verdict. */
  readonly isComplete: boolean;
};

export type AnycastView = {
  /** As the vrrp process holds it; undefined until it has said so. */
  readonly state: AnycastState | undefined;
  readonly services: readonly ServiceView[];
  /** Why no service is in the kernel: nothing can be served. */
  readonly fault: string | undefined;
  /** It is handed over by command. */
  readonly isAside: boolean;
  readonly isStopping: boolean;
  /** A director that announces all of its addresses, with the quorum of their services. */
  readonly other: string | undefined;
};

export type AnycastMemory = {
  /** When all services had their first verdicts. */
  readonly knownSince?: Instant;
  /** Whether it was announced since the start: only such an entry is kept, or comes back, without its services. */
  readonly wasAnnounced: boolean;
};

export const noMemory: AnycastMemory = { wasAnnounced: false };

export type AnycastJudgement = {
  readonly wish: 'announce' | 'drain' | 'release' | 'keep';
  readonly why: string;
  /** It is announced without the quorum of its services, as the last one. */
  readonly isLast: boolean;
};

const listed = (services: readonly ServiceView[]): string =>
  services.map(({ name, reason }) => `service ${name} ${reason}`).join('; ');

const judgeDown = (
  { keepLast }: Pick<AnnouncedConfig, 'keepLast'>,
  down: readonly ServiceView[],
  { other }: AnycastView,
  wasAnnounced: boolean,
): AnycastJudgement => {
  const why = listed(down);
  if (!keepLast || !wasAnnounced) return { wish: 'release', why, isLast: false };
  return other === undefined
    ? { wish: 'announce', why: `no other director announces it with its services; ${why}`, isLast: true }
    : { wish: 'release', why: `${why}; ${other} announces it`, isLast: false };
};

/** @returns what to remember, and what the vrrp process should do */
export const judgeAnycast = (
  entry: Pick<AnnouncedConfig, 'startDelay' | 'keepLast'>,
  view: AnycastView,
  before: AnycastMemory,
  now: Instant,
): [AnycastMemory, AnycastJudgement] => {
  const { state, services } = view;
  const isKnown = services.every((service) => service.state !== 'unknown' && service.isComplete);
  const knownSince = before.knownSince ?? (isKnown ? now : undefined);
  const memory: AnycastMemory = {
    wasAnnounced: before.wasAnnounced || state === 'announced',
    ...(knownSince !== undefined && { knownSince }),
  };
  const judge = (): AnycastJudgement => {
    if (view.isStopping) return { wish: 'drain', why: 'this director stops', isLast: false };
    if (view.isAside) return { wish: 'drain', why: 'it is handed over by command', isLast: false };
    if (view.fault !== undefined)
      return { wish: 'release', why: `no service is in the kernel: ${view.fault}`, isLast: false };
    const down = services.filter((service) => service.state === 'down');
    if (down.length > 0) return judgeDown(entry, down, view, memory.wasAnnounced);
    if (knownSince === undefined) {
      const waiting = services.filter((service) => service.state === 'unknown' || !service.isComplete);
      const why = `it waits for the first verdicts of ${waiting.map(({ name }) => name).join(', ')}`;
      return { wish: 'keep', why, isLast: false };
    }
    const unknown = services.filter((service) => service.state === 'unknown');
    if (unknown.length > 0) return { wish: 'keep', why: listed(unknown), isLast: false };
    const left = entry.startDelay - elapsed(knownSince, now);
    // An entry that a former process announced stays announced.
    if (left > 0 && !memory.wasAnnounced) {
      const why = `it waits for its start_delay, ${formatDuration(entry.startDelay)} after the first verdicts`;
      return { wish: 'keep', why, isLast: false };
    }
    return {
      wish: 'announce',
      why: services.length === 0 ? 'this director runs' : listed(services),
      isLast: false,
    };
  };
  return [memory, judge()];
};

/** A director that announces all of these addresses with their services. A peer that cannot be reached does not count. */
export const announcerOf = (
  addresses: readonly IpAddress[],
  peers: readonly Pick<PeerStatus, 'director' | 'address' | 'reachable' | 'serving'>[],
): string | undefined => {
  const other = peers.find(
    ({ reachable, serving = [] }) => reachable && addresses.every((address) => serving.includes(address)),
  );
  return other && (other.director ?? other.address);
};

/** Longest wait for drains at a stop, beyond the longest of them. */
export const drainGrace = milliseconds(2000);
