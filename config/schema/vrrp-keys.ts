// The keys of the section `vrrp`.

import { required, withDefault } from './kind.ts';
import { router } from './router-keys.ts';
import { list, mapping } from './structure.ts';
import { track, trackedKeys } from './tracking-keys.ts';
import { duration, name, whole } from './values.ts';

const groupKeys = {
  name: required(name(), 'Its name in commands and logs.', { example: 'lab' }),
  routers: required(
    list(name(), 1),
    'Names of routers that change state together: a fault of one takes the mastership from all. A router is in one group at most.',
    { example: ['vip', 'gateway'] },
  ),
  track: withDefault(list(track), [], 'Items that each of its routers tracks.'),
};

const vrrpKeys = {
  routers: withDefault(list(router), [], 'Virtual routers: addresses that one director at a time holds.'),
  groups: withDefault(list(mapping(groupKeys)), [], 'Routers that change state together.'),
  hold: withDefault(
    duration('zero'),
    '10s',
    'How long the addresses are kept while no controller runs, for its restart.',
  ),
  announce_rate: withDefault(
    whole(1, 100_000),
    500,
    'How many gratuitous ARP and neighbour advertisements may leave an interface.',
    { unit: 'packets a second' },
  ),
  ...trackedKeys,
};

export const vrrp = mapping(vrrpKeys);
