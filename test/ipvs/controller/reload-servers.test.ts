// A reload that changes real servers under traffic does what the plan has said.

import { unlessShort } from '../../prove/extent.ts';
import { applyAsPlanned } from './planned-change.ts';
import { configuration, playTraffic, server, usual } from './reload-traffic.ts';
import { patience } from './running-director.ts';

describe('a reload of real servers under traffic does what the plan says', function () {
  this.timeout(2 * patience);
  const traffic = playTraffic();
  const direct = server(0, ', forwarding: direct');
  const changes: [what: string, servers: readonly string[]][] = [
    ['a weight', [server(0, ', weight: 9'), server(1)]],
    ['all', [server(2), server(3)]],
    ['a name', [server(0).replace('rs0', 'rs9'), server(1)]],
    ['the way of forwarding', [direct, server(1, ', weight: 1000')]],
    ['one more', [...usual, server(2)]],
    ['one less', [server(1)]],
  ];
  for (const [what, servers] of unlessShort(changes, changes.slice(0, 2)))
    it(what, () => applyAsPlanned(traffic, configuration({ servers })));
});
