// Each process of the master is killed, and stopped for a while; what the client of the lab saw of it is told and bounded.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDirector } from '../../../lab/directors.ts';
import { until } from '../../../lab/drill.ts';
import type { Namespaces } from '../../../lab/hosts.ts';
import { checkAddresses, checkTable } from '../../../lab/inspection.ts';
import { measureLongestOutage, tally } from '../../../lab/outage.ts';
import { type Prober, startProber, usualPace } from '../../../lab/prober.ts';
import { type Stage, setStage } from '../../../lab/stage.ts';
import { folderOf, prefixOf, tearDown } from '../../../lab/teardown.ts';

const bootLimit = 300_000;
const prefix = prefixOf(process.pid);
const folder = join(folderOf(prefix), 'lb0');

type Part = 'controller' | 'vrrp' | 'healthcheck';

const commandLine = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it has ended
  }
};

/** The controller is the process that was given lb0's configuration. */
const pidOf = (part: Part): number =>
  part === 'controller'
    ? Number(
        readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(join(folder, 'regent.yaml'))),
      )
    : Number(readFileSync(join(folder, 'run', `${part}.sock.pid`), 'utf8'));

type Row = {
  readonly part: Part;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  /** How long the client may miss the service, in milliseconds. */
  readonly limit: number;
};

const rows: readonly Row[] = [
  // Nothing is missed; a single request may be lost to a processor that others use too.
  { part: 'healthcheck', signal: 'SIGKILL', limit: 100 },
  { part: 'healthcheck', signal: 'SIGSTOP', limit: 100 },
  { part: 'controller', signal: 'SIGSTOP', limit: 100 },
  { part: 'controller', signal: 'SIGKILL', limit: 100 },
  // lb1 hears the farewell in its name, and takes over after the skew time of 0.61 s.
  { part: 'vrrp', signal: 'SIGKILL', limit: 2500 },
  // lb1 waits for its master down interval of 3.61 s.
  { part: 'vrrp', signal: 'SIGSTOP', limit: 5500 },
];

describe('the processes of the master', function () {
  this.timeout(bootLimit);
  let stage: Stage<Namespaces>;
  let prober: Prober;

  const isWhole = async (): Promise<boolean> =>
    (
      await Promise.all([
        checkAddresses(stage.hosts, 'lb0', true),
        checkAddresses(stage.hosts, 'lb1', false),
        checkTable(stage.hosts, 'lb0', true),
        checkTable(stage.hosts, 'lb1', true),
      ])
    ).every(({ held }) => held);

  before(async () => {
    stage = await setStage(prefix, 'gateway', () => undefined);
    assert.ok(await until(isWhole, bootLimit, 200), 'the lab does not come up');
    prober = await startProber(stage.hosts);
  });
  after(async () => {
    await prober?.stop();
    await stage?.capture.stop();
    tearDown(prefix);
  });

  for (const { part, signal, limit } of rows)
    it(`${signal} of ${part} costs the client at most ${limit} ms`, async () => {
      const pid = pidOf(part);
      const cause = Date.now();
      process.kill(pid, signal);
      await sleep(5000);
      if (signal === 'SIGSTOP' && commandLine(String(pid)) !== '') process.kill(pid, 'SIGCONT');
      if (part === 'controller' && signal === 'SIGKILL') {
        await startDirector(stage.hosts, 'lb0', stage.documents.lb0, () => undefined);
      }
      assert.ok(await until(isWhole, 40_000, 200), 'the pair does not become whole again');
      await sleep(1500);
      const requests = await prober.between(cause, Date.now());
      const outage = Math.round(measureLongestOutage(requests));
      const { made, failed } = tally(requests);
      console.log(`      the client missed the service for ${outage} ms: ${failed} of ${made} requests failed`);
      assert.ok(outage <= limit, `away for ${outage} ms`);
      // All of them failed then, and none before or at the return.
      assert.ok(failed <= limit / usualPace.every, `${failed} of ${made} requests failed`);
    });
});
