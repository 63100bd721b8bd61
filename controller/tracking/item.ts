// Shared by the watchers of tracked items: how they report a state.

import type { TrackMessage } from '../../vrrp/messages.ts';

/** `reason` follows the item's name: `exited with 1`. */
export type Seen = Omit<TrackMessage, 'type' | 'item'>;

export type Watcher = { readonly close: () => void };
