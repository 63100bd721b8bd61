// The keys of `peers`: where this director listens to others, whom it tells of commands, and the key that they share.

import { z } from 'zod';
import type { PeersConfig } from './model.ts';
import { endpoint, value } from './values.ts';

export const peersKeys = {
  listen: endpoint(),
  key_file: value('an absolute path', (input) =>
    typeof input === 'string' && /^\/.*[^/]$/.test(input) ? input : undefined,
  ),
  directors: z.array(endpoint()).min(1),
};

export const peers = z
  .strictObject(peersKeys)
  .transform((raw): PeersConfig => ({ listen: raw.listen, keyFile: raw.key_file, directors: raw.directors }));
