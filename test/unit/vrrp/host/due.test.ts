// When the routers of a host are due, also after it was paused.

import assert from 'node:assert/strict';
import { milliseconds } from '../../../../base/units.ts';
import { dueNow, nextDue } from '../../../../vrrp/host/due.ts';
import { at } from '../one-router.ts';
import { attach, begin, due, masters, run, source } from './hosts.ts';

const never = milliseconds(0);

describe('due routers', () => {
  it('are none before any is attached', () => {
    assert.equal(nextDue(begin(), at(0)), undefined);
  });

  it('are the ones with the first deadline; a backup takes over', () => {
    const [host] = run(begin(), ...attach('a', 'b', 'c'));
    assert.deepEqual(nextDue(host, at(0)), { at: at(3500), isTakeover: true });
    assert.deepEqual(nextDue(masters(), at(3500)), { at: at(4500), isTakeover: false });
  });

  it('take over if one of several with one deadline is a backup', () => {
    const late = { type: 'attached', router: 'a', source } as const;
    const [mixed] = run(begin(), ...attach('c'), [3500, due], [1000, late]);
    assert.deepEqual(nextDue(mixed, at(3500)), { at: at(4500), isTakeover: true });
  });

  it('are those whose deadline has passed', () => {
    assert.equal(dueNow(masters(), 'a', at(4499), never), undefined);
    assert.deepEqual(dueNow(masters(), 'a', at(4503), never), {
      state: 'master',
      since: at(4500),
      pause: milliseconds(0),
    });
  });

  it('wait for their peers after a pause of this host, until the grace period ends', () => {
    const [host] = run(begin(), ...attach('c'));
    const paused = dueNow(host, 'c', at(3700), milliseconds(200));
    assert.equal(paused?.pause, 200);
    const [patient] = run(host, [3700, { type: 'due', stood: milliseconds(200) }]);
    assert.equal(dueNow(patient, 'c', at(3899), never), undefined);
    assert.deepEqual(nextDue(patient, at(3700)), { at: at(3900), isTakeover: true });
    assert.deepEqual(dueNow(patient, 'c', at(3900), milliseconds(500)), {
      state: 'backup',
      since: at(3500),
      pause: milliseconds(0),
    });
  });

  it('are not kept waiting as masters that are in time', () => {
    const quiet = masters().routers.map((router) => ({ ...router, announcements: { due: [] } }));
    const host = { ...masters(), routers: quiet, pausedUntil: at(9000) };
    assert.deepEqual(nextDue(host, at(4500)), { at: at(4500), isTakeover: false });
    assert.equal(nextDue(host, at(6500))?.at, at(9000));
  });
});
