// Runs one BFD session: gives packets and time to the pure session, and sends its packets.

import { createBus } from '../../base/bus.ts';
import { messageOf } from '../../base/error.ts';
import { type Clock, formatDuration, type Instant, later, type Milliseconds, milliseconds } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { BfdConfig } from '../../config/model/tracking-model.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import type { BfdStatus } from '../status.ts';
import type { ItemState } from '../tracking/judgement.ts';
import { type ControlDropReason, type ControlPacket, decodeControl, encodeControl } from './packet.ts';
import {
  detectionTime,
  hasLostPeer,
  openSession,
  type Session,
  type SessionEvent,
  type SessionSelf,
  sessionDeadline,
  silenceOf,
  stepSession,
} from './session.ts';

export type BfdPorts = {
  readonly clock: Clock;
  readonly at: (instant: Instant, callback: () => void) => () => void;
  /** Calls back once what waits on the sockets has been read. */
  readonly soon: (callback: () => void) => void;
  /** A random number from 0 to 1. */
  readonly random: () => number;
  /** @throws with a readable message; the caller retries. */
  readonly open: (
    config: Pick<BfdConfig, 'peer' | 'source'>,
    onPacket: (payload: Uint8Array, source: IpAddress) => void,
  ) => {
    send(payload: Uint8Array): void;
    /** Count of packets to the local address with a hop limit below 255, from any sender. */
    refused(): number;
    close(): void;
  };
};

export type BfdListener = {
  /** The state of a session's peer has changed. */
  readonly onState: (name: string, state: ItemState) => void;
  /** A peer that was up is silent. `spread`: one interval of its packets. */
  readonly onLoss: (name: string, peer: IpAddress, spread: Milliseconds, reason: string) => void;
  readonly onError: (name: string, message: string) => void;
};

const reopenAfter = milliseconds(1000);
/** How long a session that begins again, by another configuration or process, counts as up when the one before it was up. */
export const graceOfChange = milliseconds(10_000);

const describe = (session: Session): ItemState => {
  switch (session.name) {
    case 'up':
      return { state: 'up', reason: 'is up' };
    case 'init':
    case 'down':
      // A session that has never been up shows nothing about its peer.
      return session.diagnostic === 'none'
        ? { state: 'unknown', reason: 'has not come up yet' }
        : { state: 'down', reason: `is down: ${session.diagnostic}` };
    case 'admin-down':
      return { state: 'unknown', reason: 'is administratively down' };
    default:
      return unreachable(session.name);
  }
};

/** @param upUntil how long it counts as up before it is, since the session that it replaces was */
export const runSession = (
  config: BfdConfig,
  discriminator: number,
  upUntil: Instant | undefined,
  ports: BfdPorts,
  listener: BfdListener,
) => {
  const { name, peer } = config;
  const self: SessionSelf = { discriminator, ...config };
  const counts = { sent: 0, received: 0 };
  const dropped: Partial<Record<ControlDropReason, number>> = {};
  let session = openSession(ports.clock());
  let wire: ReturnType<BfdPorts['open']> | undefined;
  let callOff: (() => void) | undefined;
  let isClosed = false;

  let isTroubled = false;
  const timers = createBus<'due' | 'reopen' | 'grace-over'>();

  const closeForNow = (error: unknown): void => {
    wire?.close();
    wire = undefined;
    if (!isTroubled) listener.onError(name, messageOf(error));
    isTroubled = true;
    ports.at((ports.clock() + reopenAfter) as Instant, () => timers.send('reopen'));
  };

  const send = (packet: ControlPacket): void => {
    try {
      wire?.send(encodeControl(packet));
      counts.sent += 1;
    } catch (error) {
      closeForNow(error);
    }
  };

  const arm = (): void => {
    callOff?.();
    callOff = isClosed ? undefined : ports.at(sessionDeadline(session), () => timers.send('due'));
  };

  const give = (event: SessionEvent): void => {
    const now = ports.clock();
    const before = session;
    const [after, packets] = stepSession(self, session, event, now, ports.random());
    session = after;
    for (const packet of packets) send(packet);
    if (hasLostPeer(before, after)) {
      const limit = formatDuration(detectionTime(self, before));
      const silence = formatDuration(silenceOf(before, now));
      const spread = milliseconds(Math.max(self.minRx, before.remote.minTx));
      listener.onLoss(name, peer, spread, `BFD session ${name} heard nothing for ${silence} (limit ${limit})`);
    }
    if (before.name !== after.name && after.name !== 'init') listener.onState(name, describe(after));
    arm();
  };

  /** When the detection time expires, packets that already wait on the socket are read first. */
  const fire = (): void => {
    if (session.silentAt !== undefined && session.silentAt <= ports.clock()) {
      ports.soon(() => {
        if (!isClosed) give({ type: 'timer' });
      });
    } else give({ type: 'timer' });
  };

  const drop = (reason: ControlDropReason): void => {
    dropped[reason] = (dropped[reason] ?? 0) + 1;
  };

  const receive = (payload: Uint8Array, source: IpAddress): void => {
    if (source !== peer) return;
    const packet = decodeControl(payload);
    if (typeof packet === 'string') drop(packet);
    else if (packet.yourDiscriminator !== 0 && packet.yourDiscriminator !== discriminator) drop('your-discriminator');
    else {
      counts.received += 1;
      give({ type: 'packet', packet });
    }
  };

  const open = (): void => {
    try {
      wire = ports.open(config, receive);
      isTroubled = false;
    } catch (error) {
      closeForNow(error);
    }
  };

  timers.handle((timer) => {
    if (timer === 'due') fire();
    else if (isClosed) return;
    else if (timer === 'reopen' && wire === undefined) open();
    else if (timer === 'grace-over' && describe(session).state === 'unknown')
      listener.onState(name, {
        state: 'down',
        reason: 'has not come up again since its configuration or the process changed',
      });
  });

  const refused = (): { ttl?: number } => {
    const ttl = wire?.refused() ?? 0;
    return ttl === 0 ? {} : { ttl };
  };

  open();
  listener.onState(name, describe(session));
  arm();
  if (upUntil !== undefined) ports.at(upUntil, () => timers.send('grace-over'));
  return {
    /** How long a session in its place counts as up. */
    upUntil: (): Instant | undefined => {
      const { state } = describe(session);
      return state === 'up' ? later(ports.clock(), graceOfChange) : state === 'unknown' ? upUntil : undefined;
    },
    status: (): BfdStatus => ({
      name,
      peer,
      state: session.name,
      diagnostic: session.diagnostic,
      detectionTime: detectionTime(self, session),
      ...counts,
      dropped: { ...dropped, ...refused() },
    }),
    close: () => {
      // Tells the peer, so that it does not take the end of this session for a failure (RFC 5880 6.8.16).
      give({ type: 'stop' });
      isClosed = true;
      callOff?.();
      wire?.close();
    },
  };
};
