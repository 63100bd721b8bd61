// The keys of `peers`: where this director listens to others, which directors it informs of commands, and their shared key.

import { required } from './kind.ts';
import { list, mapping } from './structure.ts';
import { endpoint, filePath } from './values.ts';

const peersKeys = {
  listen: required(endpoint(), 'Address and port for messages of the other directors (HTTP, signed).', {
    example: '192.168.66.11:8550',
  }),
  key_file: required(
    filePath(),
    'File with the secret that signs the messages, the same on all; made by: openssl rand -hex 32.',
    {
      example: '/etc/regent/peers.key',
    },
  ),
  directors: required(list(endpoint(), 1), 'Addresses and ports of the other directors.', {
    example: ['192.168.66.12:8550'],
  }),
};

export const peers = mapping(peersKeys);
