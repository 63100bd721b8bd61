// Types of both ends of a channel: handlers, reasons to disconnect, options and their defaults.

import { frameLimit } from './frames.ts';
import { type Greeting, oldestProtocol, protocol } from './greeting.ts';
import type { Decode } from './shape.ts';

/**
 * Why a connection ended. `closed`: the other end closed it or died. `replaced`: a newer controller connected (listening end
 * only). `too-long`, `not-json`: the other end broke the framing. `failed`: the socket reported an error. `unreachable`: no
 * process listened before the deadline (connecting end only). `incompatible`: the other end's build speaks another protocol.
 */
export type Disconnect = {
  readonly reason: 'closed' | 'incompatible' | 'replaced' | 'too-long' | 'not-json' | 'failed' | 'unreachable';
  /** Readable text for the log. */
  readonly detail: string;
};

/** Callbacks of an end's owner; none is called after its own `close()`. */
export type ChannelHandlers<In> = {
  /**
   * Called once the other end has greeted and is understood.
   * @param hasGreeted false where its first frame was another message
   */
  readonly onConnect?: (hasGreeted: boolean) => void;
  readonly onMessage: (message: In) => void;
  /**
   * Something of another build was left aside: a message that this one does not know or cannot take, or, on the listening end, a
   * whole connection. Called once for each cause on a connection.
   */
  readonly onRefusal?: (text: string) => void;
  readonly onDisconnect?: (why: Disconnect) => void;
  /** Nothing was received for `silentAfter` on an open connection: the other process is stopped or stuck. Once per silence. */
  readonly onSilence?: () => void;
  /** Data was received again after `onSilence`. */
  readonly onResume?: () => void;
};

export type Channel<Out> = {
  /**
   * Sends a message, or queues it while the other process does not read. If the queue is full, the oldest droppable messages
   * make room.
   * @returns false if the message was dropped: not connected, longer than a frame may be, or the queue full of messages that must
   *   not be dropped. The owner reconfigures after the next `onConnect` or restarts the silent process, so nothing is sent twice.
   */
  readonly send: (message: Out) => boolean;
  readonly isConnected: () => boolean;
  /** Messages dropped since the channel was made, for any reason. */
  readonly dropped: () => number;
  /** Sends the queue (for one second at most), then ends and calls `done`. No handler is called afterwards. */
  readonly close: (done?: () => void) => void;
};

/** Durations in milliseconds; each comment ends with the default. */
export type ChannelOptions<Out, In = never> = {
  /** Heartbeat interval; 1000. */
  readonly beatEvery?: number;
  /** How long a quiet connection counts as alive; 3000. */
  readonly silentAfter?: number;
  /** Most bytes queued for a process that does not read; 64 MiB. */
  readonly queueLimit?: number;
  /** Whether a message may be dropped to make room, because a later one makes it obsolete; never. */
  readonly isDroppable?: (message: Out) => boolean;
  /** Longest frame in bytes, in both directions; 64 MiB. */
  readonly frameLimit?: number;
  /** What this end says in its first frame; the protocol of this build, and no name. */
  readonly greeting?: Greeting;
  /** Checks what arrives; takes everything. */
  readonly decode?: Decode<In>;
  /** Called before what has arrived is read, which may take long; nothing. */
  readonly onArrival?: () => void;
};

export type Settings<Out, In = never> = Required<ChannelOptions<Out, In>>;

export const greetingOfBuild = (build: string): Greeting => ({ protocol, oldest: oldestProtocol, build });

export const settle = <Out, In>(options: ChannelOptions<Out, In>): Settings<Out, In> => ({
  beatEvery: 1000,
  silentAfter: 3000,
  queueLimit: 64 * 1024 * 1024,
  isDroppable: () => false,
  frameLimit,
  greeting: greetingOfBuild(''),
  decode: (value) => value as In,
  onArrival: () => undefined,
  ...options,
});
