// The keys of `peers`: where this director listens to others, which directors it informs of commands, and their shared key.

import { z } from 'zod';
import type { PeersConfig } from '../model/model.ts';
import { endpoint, matching } from './values.ts';

export const peersKeys = {
  listen: endpoint().meta({
    description: 'Where this director hears the others (HTTP, signed).',
    example: '192.168.66.11:8550',
  }),
  key_file: matching('an absolute path', /^\/.*[^/]$/).meta({
    description: 'Holds the secret that signs the messages, the same on all: openssl rand -hex 32.',
    example: '/etc/regent/peers.key',
  }),
  directors: z
    .array(endpoint())
    .min(1)
    .meta({ description: 'Where the others listen.', example: ['192.168.66.12:8550'] }),
};

export const peers = z
  .strictObject(peersKeys)
  .transform((raw): PeersConfig => ({ listen: raw.listen, keyFile: raw.key_file, directors: raw.directors }));
