// One BFD session in asynchronous mode (RFC 5880 6.8): a state and an event in, a state and actions out. Pure.

import { elapsed, type Instant, later, type Milliseconds, milliseconds } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { ControlPacket, Diagnostic, SessionStateName } from './packet.ts';

/** What the session needs to know of its own end. */
export type SessionSelf = {
  readonly discriminator: number;
  readonly minTx: Milliseconds;
  readonly minRx: Milliseconds;
  readonly multiplier: number;
};

/** The other end, as its last packet showed it. */
type Remote = Pick<ControlPacket, 'state' | 'minTx' | 'minRx' | 'multiplier'> & { readonly discriminator: number };

export type Session = {
  readonly name: SessionStateName;
  readonly diagnostic: Diagnostic;
  readonly remote: Remote;
  /** Whether a change of our timers awaits the other end's answer (RFC 5880 6.5). */
  readonly polling: boolean;
  readonly sendAt: Instant;
  readonly lastHeard?: Instant;
  /** When silence has lasted for the detection time. */
  readonly silentAt?: Instant;
};

export type SessionEvent =
  | { readonly type: 'packet'; readonly packet: ControlPacket }
  | { readonly type: 'timer' }
  | { readonly type: 'stop' };

export type SessionStep = readonly [Session, readonly ControlPacket[]];

/** RFC 5880 6.8.3: a session that is not up sends no faster than this. */
const slowest = milliseconds(1000);

// RFC 5880 6.8.1: nothing is known of the other end, so it may be sent to at once.
const nobody: Remote = {
  state: 'down',
  minTx: milliseconds(0),
  minRx: milliseconds(0.001),
  multiplier: 1,
  discriminator: 0,
};

const desiredTx = (self: SessionSelf, name: SessionStateName): Milliseconds =>
  name === 'up' ? self.minTx : milliseconds(Math.max(self.minTx, slowest));

/** How long silence lasts until the session is down (RFC 5880 6.8.4). */
export const detectionTime = (self: SessionSelf, { remote }: Pick<Session, 'remote'>): Milliseconds =>
  milliseconds(remote.multiplier * Math.max(self.minRx, remote.minTx));

/**
 * Time to the next packet, less a random part (RFC 5880 6.8.7).
 * @param chance from 0 to 1, drawn by the caller.
 */
const pause = (self: SessionSelf, { name, remote }: Pick<Session, 'name' | 'remote'>, chance: number): Milliseconds => {
  const interval = Math.max(desiredTx(self, name), remote.minRx);
  const longest = self.multiplier === 1 ? 0.9 : 1;
  return milliseconds(interval * (0.75 + chance * (longest - 0.75)));
};

const packetOf = (self: SessionSelf, session: Session, final = false): ControlPacket => ({
  state: session.name,
  diagnostic: session.diagnostic,
  // RFC 5880 6.5: never both.
  poll: session.polling && !final,
  final,
  multiplier: self.multiplier,
  myDiscriminator: self.discriminator,
  yourDiscriminator: session.remote.discriminator,
  minTx: desiredTx(self, session.name),
  minRx: self.minRx,
});

export const openSession = (now: Instant): Session => ({
  name: 'down',
  diagnostic: 'none',
  remote: nobody,
  polling: false,
  sendAt: now,
});

/** When the session wants a `timer` event. */
export const sessionDeadline = (session: Session): Instant =>
  Math.min(session.sendAt, session.silentAt ?? session.sendAt) as Instant;

/** The state that a packet leads to, and why (RFC 5880 6.8.6). */
const nextState = (session: Session, packet: ControlPacket): Pick<Session, 'name' | 'diagnostic'> => {
  const signaled = { name: 'down', diagnostic: 'neighbour signaled session down' } as const;
  const { name, diagnostic } = session;
  switch (name) {
    case 'admin-down':
      return session;
    case 'down':
      if (packet.state === 'down') return { name: 'init', diagnostic };
      return packet.state === 'init' ? { name: 'up', diagnostic: 'none' } : session;
    case 'init':
      if (packet.state === 'admin-down') return signaled;
      return packet.state === 'down' ? session : { name: 'up', diagnostic: 'none' };
    case 'up':
      return packet.state === 'down' || packet.state === 'admin-down' ? signaled : session;
    default:
      return unreachable(name);
  }
};

/** Sends what has changed without waiting for the next periodic packet (RFC 5880 6.8.7). */
const tell = (self: SessionSelf, session: Session, now: Instant, chance: number): SessionStep => [
  { ...session, sendAt: later(now, pause(self, session, chance)) },
  [packetOf(self, session)],
];

const hear = (
  self: SessionSelf,
  session: Session,
  packet: ControlPacket,
  now: Instant,
  chance: number,
): SessionStep => {
  const { state, minTx, minRx, multiplier, myDiscriminator } = packet;
  const remote: Remote = { state, minTx, minRx, multiplier, discriminator: myDiscriminator };
  const { name, diagnostic } = nextState(session, packet);
  const isRisen = name === 'up' && session.name !== 'up';
  const heard: Session = {
    name,
    diagnostic,
    remote,
    // The intervals of a session that has come up are others than those that the other end knows.
    polling: isRisen || (session.polling && name === 'up' && !packet.final),
    // A faster rate holds at once, not after a slow pause.
    sendAt: Math.min(session.sendAt, later(now, pause(self, { name, remote }, chance))) as Instant,
    lastHeard: now,
    silentAt: later(now, detectionTime(self, { remote })),
  };
  if (packet.poll) return [heard, [packetOf(self, heard, true)]];
  return name === session.name ? [heard, []] : tell(self, heard, now, chance);
};

const onTimer = (self: SessionSelf, session: Session, now: Instant, chance: number): SessionStep => {
  if (session.silentAt !== undefined && now >= session.silentAt) {
    const { silentAt: _, ...rest } = session;
    const isLost = session.name === 'up' || session.name === 'init';
    const lost: Session = {
      ...rest,
      // RFC 5880 6.8.1: after a detection time without packets the discriminator of the other end is forgotten.
      remote: nobody,
      polling: false,
      ...(isLost && { name: 'down', diagnostic: 'detection time expired' }),
    };
    return isLost ? tell(self, lost, now, chance) : onTimer(self, lost, now, chance);
  }
  if (now < session.sendAt) return [session, []];
  // RFC 5880 6.8.7: an end that wants no packets gets none.
  if (session.remote.minRx === 0) return [{ ...session, sendAt: later(now, slowest) }, []];
  return tell(self, session, now, chance);
};

/**
 * Takes one event. The caller sends the packets, then arms one timer for {@link sessionDeadline}.
 * @param chance from 0 to 1, drawn anew for each call, by which packets are spread.
 */
export const stepSession = (
  self: SessionSelf,
  session: Session,
  event: SessionEvent,
  now: Instant,
  chance: number,
): SessionStep => {
  switch (event.type) {
    case 'packet':
      return session.name === 'admin-down' ? [session, []] : hear(self, session, event.packet, now, chance);
    case 'timer':
      return onTimer(self, session, now, chance);
    case 'stop':
      return tell(self, { ...session, name: 'admin-down', diagnostic: 'administratively down' }, now, chance);
    default:
      return unreachable(event);
  }
};

/** Whether the step from one state to the next lost a peer that was there: it fell silent, and has not taken leave. */
export const hasLostPeer = (before: Session, after: Session): boolean =>
  before.name === 'up' && after.name === 'down' && after.diagnostic === 'detection time expired';

/** How long the peer was silent, for the log. */
export const silenceOf = (session: Session, now: Instant): Milliseconds => elapsed(session.lastHeard ?? now, now);
