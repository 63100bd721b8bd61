// Addresses that several directors announce at once, made from what the file says. Pure.

import type { anycast } from '../schema/anycast-keys.ts';
import type { Made } from '../schema/kind.ts';

/** Where the daemons of Debian and Red Hat answer. */
const usualSockets = { bird: '/run/bird/bird.ctl', frr: '/run/frr' } as const;

export const anycastOf = ({ engine, ...others }: Made<typeof anycast>) => ({
  ...others,
  ...(engine && { engine: { ...engine, socket: engine.socket ?? usualSockets[engine.type] } }),
});
