// Each finding of the doctor is provoked on a host of its own, and is gone once what it prints was done.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { findingCodes } from '../../../doctor/finding.ts';
import { until } from '../namespaces.ts';
import { signal, sleep } from '../vrrp/hosts.ts';
import { heard } from './advertisements.ts';
import type { Case } from './case.ts';
import { about, router, show } from './documents.ts';
import { ofHost } from './host.ts';
import { ofPeers } from './parity.ts';
import { betweenPeers } from './peers.ts';
import { provoked } from './provocations.ts';
import { ofRoutingDaemons } from './routing-daemon.ts';
import { onStage } from './stage.ts';

const cases: readonly Case[] = [...provoked, ...heard, ...betweenPeers, ...ofPeers, ...ofHost, ...ofRoutingDaemons];

/** Runs cases side by side, since the doctor mostly listens; not more than the processors bear. @returns what each came to. */
const runAll = async (cases: readonly Case[]): Promise<Map<Case, Case['work']>> => {
  const results = new Map<Case, Case['work']>();
  const waiting = [...cases];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const current = next;
      const result = await current.work().then(
        () => async () => undefined,
        (error: unknown) => () => Promise.reject(error),
      );
      results.set(current, result);
    }
  };
  await Promise.all([worker(), worker(), worker(), worker(), worker()]);
  return results;
};

describe('regent doctor', function () {
  this.timeout(600_000);
  let results: Map<Case, Case['work']>;

  before(async () => {
    results = await runAll(cases);
  });
  for (const one of cases) it(one.title, () => results.get(one)?.());

  it('every finding is provoked here and seen to go, late timers and VRFs apart from the others', () => {
    // VRFs need a kernel that has them (test/ipvs/vrrp/vrf.test.ts).
    const elsewhere = ['timers-late', 'virtual-mac-outside'];
    const seen = new Set([...cases.flatMap(({ code }) => code ?? []), ...elsewhere]);
    assert.deepEqual(
      findingCodes.filter((code) => !seen.has(code)),
      [],
    );
  });

  it('finds a program that runs before vrrp, and its command has it yield', async function () {
    const before = ['--rr', '60'];
    if (spawnSync('chrt', [...before, 'true']).status !== 0) this.skip();
    await onStage(async ({ examine, director, start }) => {
      const busy =
        'const run = () => { for (const end = Date.now() + 60; Date.now() < end; ); setTimeout(run, 30); }; run()';
      const one = ['taskset', '--cpu-list', '0'];
      start(director, 'chrt', ...before, ...one, process.execPath, '-e', busy);
      const examined = { routers: [router({ advertisement_interval: '100ms' })], prefix: one };
      const found = about(await examine(examined), /timers are late.*ran before them in real time/);
      assert.equal(found?.code, 'timers-late');
      director.run('sh', '-c', found.mend ?? 'false');
      const rest = await examine(examined);
      assert.equal(about(rest, /ran before them/), undefined, show(rest));
    });
  });

  it('finds timers that are late', () =>
    onStage(async ({ examine }) => {
      const known = new Set(readdirSync('/proc'));
      const isMeasure = (pid: string): boolean => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('performance.now() + 10');
        } catch {
          return false;
        }
      };
      const measuring = (): number[] =>
        readdirSync('/proc')
          .filter((pid) => /^\d+$/.test(pid) && !known.has(pid) && isMeasure(pid))
          .map(Number);
      let isExamined = false;
      const examined = examine({ routers: [router({ advertisement_interval: '100ms' })] }).finally(() => {
        isExamined = true;
      });
      await until('the doctor measures', () => measuring().length > 0);
      // Its hundred timers take a second, and begin when a busy machine lets them: stopped again and again they are late, as by
      // whatever keeps a processor.
      while (!isExamined) {
        await sleep(300);
        const pids = measuring();
        for (const pid of pids) signal(pid, 'SIGSTOP');
        await sleep(300);
        for (const pid of pids) signal(pid, 'SIGCONT');
      }
      const findings = await examined;
      const late = about(findings, /timers are late by up to \d{3,} ms with advertisements every 100 ms/);
      assert.equal(late?.severity, 'warning', show(findings));
    }));
});
