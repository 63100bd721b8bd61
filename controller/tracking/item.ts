// What the watchers of tracked items share: how they report what they see.

import type { TrackMessage } from '../../vrrp/messages.ts';

/** `reason` follows the item's name: `exited with 1`. */
export type Seen = Omit<TrackMessage, 'type' | 'item'>;

export type Watcher = { readonly close: () => void };
