// What the directors of these tests exchange: their key, a drain, and a server that was added.

import { commandServer } from '../../../../controller/operator/commands.ts';
import { changeMembership } from '../../../../controller/operator/memberships.ts';

export const key = Buffer.from('a key that both directors have');
export const drained = commandServer(new Map(), 'rs0', { drained: true }, 'lb0', 1);
export const added = changeMembership(
  new Map(),
  { service: 'web', server: '10.0.0.1:80', settings: { weight: 50 } },
  'lb0',
  1,
);
