// One BFD session in asynchronous mode (RFC 5880 6.8): a state and an event in, a state and packets out. Pure.

import { type Bucket, takeToken } from '../../base/tokens.ts';
import { elapsed, type Instant, later, type Milliseconds, milliseconds } from '../../base/units.ts';
import { unreachable } from '../../base/unreachable.ts';
import type { ControlPacket, Diagnostic, SessionStateName } from './packet.ts';

/** The parameters of this end. */
export type SessionSelf = {
  readonly discriminator: number;
  readonly minTx: Milliseconds;
  readonly minRx: Milliseconds;
  readonly multiplier: number;
};

/** The other end, from its last packet. */
type Remote = Pick<ControlPacket, 'state' | 'minTx' | 'minRx' | 'multiplier'> & { readonly discriminator: number };

export type Session = {
  readonly name: SessionStateName;
  readonly diagnostic: Diagnostic;
  readonly remote: Remote;
  /** Whether a change of our timers waits for the other end's answer (RFC 5880 6.5). */
  readonly polling: boolean;
  readonly sendAt: Instant;
  readonly lastHeard?: Instant;
  /** When the detection time expires. */
  readonly silentAt?: Instant;
  /** How many pauses of this host have put that off since the last packet. */
  readonly pauses?: number;
  /** How many more changes of state are sent at once. */
  readonly changes?: Bucket;
};

export type SessionEvent =
  | { readonly type: 'packet'; readonly packet: ControlPacket }
  | { readonly type: 'timer' }
  | { readonly type: 'stop' };

export type SessionStep = readonly [Session, readonly ControlPacket[]];

/** RFC 5880 6.8.3: a session that is not up sends no faster than this. */
const slowest = milliseconds(1000);

// RFC 5880 6.8.1: the values for an unknown other end, to which packets may be sent at once.
const unknownRemote: Remote = {
  state: 'down',
  minTx: milliseconds(0),
  minRx: milliseconds(0.001),
  multiplier: 1,
  discriminator: 0,
};

const desiredTx = (self: SessionSelf, name: SessionStateName): Milliseconds =>
  name === 'up' ? self.minTx : milliseconds(Math.max(self.minTx, slowest));

/** How long the other end may be silent until the session goes down (RFC 5880 6.8.4). */
export const detectionTime = (self: SessionSelf, { remote }: Pick<Session, 'remote'>): Milliseconds =>
  milliseconds(remote.multiplier * Math.max(self.minRx, remote.minTx));

/** Pauses that put off the detection of one silence, at most: a host that is late for ever still sees a dead peer. */
const mostPauses = 3;

/** When the session needs a `timer` event. */
export const sessionDeadline = (session: Session): Instant =>
  Math.min(session.sendAt, session.silentAt ?? session.sendAt) as Instant;

/**
 * The session with the time taken off in which this host was paused: its peer may have been paused with it (by a hypervisor or a
 * processor quota), and has the rest of the detection time to speak once both run again, at
 * least one interval.
 * @param now when the timer was called that was due at {@link sessionDeadline}
 */
const withoutPause = (self: SessionSelf, session: Session, now: Instant): Session => {
  const { silentAt, pauses = 0 } = session;
  const late = elapsed(sessionDeadline(session), now);
  // Less is timer resolution.
  if (silentAt === undefined || late < Math.max(1.5, detectionTime(self, session) / 20)) return session;
  if (pauses === mostPauses) return session;
  const interval = milliseconds(Math.max(self.minRx, session.remote.minTx));
  const after = Math.max(later(silentAt, late), later(now, interval)) as Instant;
  return { ...session, silentAt: after, pauses: pauses + 1 };
};

/**
 * Time to the next packet, shortened by a random part (RFC 5880 6.8.7).
 * @param chance a random number from 0 to 1, from the caller.
 */
const pause = (self: SessionSelf, { name, remote }: Pick<Session, 'name' | 'remote'>, chance: number): Milliseconds => {
  const interval = Math.max(desiredTx(self, name), remote.minRx);
  const longest = self.multiplier === 1 ? 0.9 : 1;
  return milliseconds(interval * (0.75 + chance * (longest - 0.75)));
};

const packetOf = (self: SessionSelf, session: Session, final = false): ControlPacket => ({
  state: session.name,
  diagnostic: session.diagnostic,
  // RFC 5880 6.5: a packet never has both poll and final.
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
  remote: unknownRemote,
  polling: false,
  sendAt: now,
});

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

/** Duplicates that overtake each other change the state of both ends with every packet: then changes wait, too. */
const changeRate = { burst: 8, refillEvery: milliseconds(250) };

/** Sends a packet now: a change does not wait for the next periodic packet (RFC 5880 6.8.7). */
const sendNow = (self: SessionSelf, session: Session, now: Instant, chance: number): SessionStep => [
  { ...session, sendAt: later(now, pause(self, session, chance)) },
  [packetOf(self, session)],
];

const take = (
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
    // A session that has just come up has new intervals, which the other end does not know yet.
    polling: isRisen || (session.polling && name === 'up' && !packet.final),
    // A faster rate applies at once, not after a slow pause.
    sendAt: Math.min(session.sendAt, later(now, pause(self, { name, remote }, chance))) as Instant,
    lastHeard: now,
    silentAt: later(now, detectionTime(self, { remote })),
    ...(session.changes && { changes: session.changes }),
  };
  if (packet.poll) return [heard, [packetOf(self, heard, true)]];
  if (name === session.name) return [heard, []];
  const [changes, isFree] = takeToken(session.changes, changeRate, now);
  const changed = { ...heard, changes };
  return isFree ? sendNow(self, changed, now, chance) : [changed, []];
};

const onTimer = (self: SessionSelf, timed: Session, now: Instant, chance: number): SessionStep => {
  const session = withoutPause(self, timed, now);
  if (session.silentAt !== undefined && now >= session.silentAt) {
    const { silentAt: _, pauses: __, ...rest } = session;
    const isLost = session.name === 'up' || session.name === 'init';
    const lost: Session = {
      ...rest,
      // RFC 5880 6.8.1: after a detection time without packets, the other end's discriminator is reset.
      remote: unknownRemote,
      polling: false,
      ...(isLost && { name: 'down', diagnostic: 'detection time expired' }),
    };
    return isLost ? sendNow(self, lost, now, chance) : onTimer(self, lost, now, chance);
  }
  if (now < session.sendAt) return [session, []];
  // RFC 5880 6.8.7: no periodic packets to an end that wants none.
  if (session.remote.minRx === 0) return [{ ...session, sendAt: later(now, slowest) }, []];
  return sendNow(self, session, now, chance);
};

/**
 * Handles one event. The caller sends the packets, then arms one timer for {@link sessionDeadline}.
 * @param chance a random number from 0 to 1, new for each call, that spreads packets in time.
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
      return session.name === 'admin-down' ? [session, []] : take(self, session, event.packet, now, chance);
    case 'timer':
      return onTimer(self, session, now, chance);
    case 'stop':
      return sendNow(self, { ...session, name: 'admin-down', diagnostic: 'administratively down' }, now, chance);
    default:
      return unreachable(event);
  }
};

/** Whether the step lost a peer that was up: it fell silent without signalling that its session is down. */
export const hasLostPeer = (before: Session, after: Session): boolean =>
  before.name === 'up' && after.name === 'down' && after.diagnostic === 'detection time expired';

/** How long the peer was silent, for the log. */
export const silenceOf = (session: Session, now: Instant): Milliseconds => elapsed(session.lastHeard ?? now, now);
