// Each process of the master is killed, and stopped for a while: what the client of the lab saw of it is told, and whether
// mastership stayed.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../../lab/drill.ts';
import { measureLongestOutage, tally } from '../../../lab/outage.ts';
import { usualPace } from '../../../lab/prober.ts';
import { type BusyLab, openBusyLab, type Part, patience } from './busy-lab.ts';

type Row = {
  readonly part: Part;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  /** Whether lb0 stays master. */
  readonly stays: boolean;
};

const rows: readonly Row[] = [
  { part: 'healthcheck', signal: 'SIGKILL', stays: true },
  { part: 'healthcheck', signal: 'SIGSTOP', stays: true },
  { part: 'controller', signal: 'SIGSTOP', stays: true },
  { part: 'controller', signal: 'SIGKILL', stays: true },
  // lb1 hears the farewell in its name, and takes over after the skew time of 0.61 s.
  { part: 'vrrp', signal: 'SIGKILL', stays: false },
  // lb1 waits for its master down interval of 3.61 s.
  { part: 'vrrp', signal: 'SIGSTOP', stays: false },
];

/** How long the client may miss the service, in milliseconds: generously, as the machine itself may stand still for seconds. */
const limit = (stays: boolean): number => (stays ? 5000 : 10_000);

describe('the processes of the master', function () {
  this.timeout(3 * patience);
  let lab: BusyLab;

  before(async () => {
    lab = await openBusyLab(0, usualPace);
  });
  after(() => lab?.close());

  /** A stopped one that was replaced meanwhile is gone. */
  const goOn = (pid: number): void => {
    try {
      process.kill(pid, 'SIGCONT');
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
    }
  };

  for (const { part, signal, stays } of rows)
    it(`${signal} of ${part} ${stays ? 'leaves lb0 master' : 'makes lb1 master for a while'}`, async () => {
      assert.ok(await until(() => lab.pidOf(part) !== undefined, patience), `there is no ${part}`);
      const pid = lab.pidOf(part) as number;
      const since = await lab.masterSince('lb0');
      assert.ok(since !== undefined, 'lb0 is no master');
      const cause = Date.now();
      process.kill(pid, signal);
      await sleep(5000);
      if (signal === 'SIGSTOP') goOn(pid);
      if (part === 'controller' && signal === 'SIGKILL') await lab.startController();
      const isMaster = async () => (await lab.masterSince('lb0')) !== undefined && (await lab.isWhole());
      assert.ok(await until(isMaster, patience, 200), 'the pair does not become whole again');
      await sleep(1500);
      const requests = await lab.prober.between(cause, Date.now());
      const outage = Math.round(measureLongestOutage(requests));
      const { made, failed } = tally(requests);
      console.log(`      the client missed the service for ${outage} ms: ${failed} of ${made} requests failed`);
      assert.equal((await lab.masterSince('lb0')) === since, stays, lab.lines.slice(-30).join('\n'));
      assert.ok(outage <= limit(stays), `away for ${outage} ms`);
      // All of them failed then, and none before or at the return.
      assert.ok(failed <= limit(stays) / usualPace.every, `${failed} of ${made} requests failed`);
    });
});
