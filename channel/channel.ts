// What both ends of a channel share: its handlers, its reasons to end, its options and their defaults.

import { frameLimit } from './frames.ts';

/**
 * Why a connection ended. `closed`: the other end closed it or died. `replaced`: a newer controller came (listening end only).
 * `too-long`, `not-json`: the other end broke the framing. `failed`: the socket reported an error. `unreachable`: nobody
 * listened before the deadline (connecting end only).
 */
export type Disconnect = {
  readonly reason: 'closed' | 'replaced' | 'too-long' | 'not-json' | 'failed' | 'unreachable';
  /** In words, for the log. */
  readonly detail: string;
};

/** What the owner of an end does; nothing is called after its own `close()`. */
export type ChannelHandlers<In> = {
  readonly onConnect?: () => void;
  /** `In` is taken on trust: both ends come from one build. */
  readonly onMessage: (message: In) => void;
  readonly onDisconnect?: (why: Disconnect) => void;
  /** Nothing was heard for `silentAfter`, though the connection stands: the other process is stopped or stuck. Once a silence. */
  readonly onSilence?: () => void;
  /** Something was heard again after `onSilence`. */
  readonly onResume?: () => void;
};

export type Channel<Out> = {
  /**
   * Sends a message, or queues it while the other process does not read. When the queue is full the oldest droppable messages
   * make room.
   * @returns false when the message was dropped: not connected, longer than a frame may be, or the queue full of messages that may
   *   not be dropped. The owner reconfigures after the next `onConnect` or restarts the silent process, so nothing is sent twice.
   */
  readonly send: (message: Out) => boolean;
  readonly isConnected: () => boolean;
  /** Messages dropped since the channel was made, whatever the cause. */
  readonly dropped: () => number;
  /** Sends what is queued (for one second at most), then ends. No handler is called any more. */
  readonly close: () => void;
};

/** All spans in milliseconds. */
export type ChannelOptions<Out> = {
  /** Interval of heartbeats; 1000. */
  readonly beatEvery?: number;
  /** How long a quiet connection counts as alive; 3000. */
  readonly silentAfter?: number;
  /** Bytes that may wait for a process that does not read; 64 MiB. */
  readonly queueLimit?: number;
  /** Which messages may be dropped to make room: those that a later one makes obsolete. None by default. */
  readonly isDroppable?: (message: Out) => boolean;
  /** Longest frame in bytes, in both directions; 64 MiB. */
  readonly frameLimit?: number;
};

export type Settings<Out> = Required<ChannelOptions<Out>>;

export const settle = <Out>(options: ChannelOptions<Out>): Settings<Out> => ({
  beatEvery: 1000,
  silentAfter: 3000,
  queueLimit: 64 * 1024 * 1024,
  isDroppable: () => false,
  frameLimit,
  ...options,
});
