// A reload that changes a service under traffic does what the plan has said.

import { unlessShort } from '../../prove/extent.ts';
import { applyAsPlanned } from './planned-change.ts';
import { configuration, playTraffic } from './reload-traffic.ts';
import { patience } from './running-director.ts';

describe('a reload of services under traffic does what the plan says', function () {
  this.timeout(2 * patience);
  const traffic = playTraffic();
  const changes: [what: string, after: string][] = [
    ['another scheduler', configuration({ keys: 'scheduler: lc' })],
    ['the interval of a check', configuration({ keys: 'quorum: 2' }).replaceAll('interval: 200ms', 'interval: 300ms')],
    [
      'several checks for one',
      configuration().replace(
        'check: { interval: 200ms, timeout: 150ms, rise: 1, fall: 2 }',
        'checks: [{ interval: 250ms }, { type: ping, interval: 250ms }]',
      ),
    ],
    ['one address more', configuration({ also: ', "192.168.55.101:80"' })],
    ['a name', configuration({ name: 'www' })],
  ];
  for (const [what, after] of unlessShort(changes, changes.slice(0, 1))) it(what, () => applyAsPlanned(traffic, after));

  it('one less', () =>
    applyAsPlanned(traffic, configuration().replace(/ {2}- name: web[\s\S]*?(?= {2}- name: dns)/, ''), false));
});
