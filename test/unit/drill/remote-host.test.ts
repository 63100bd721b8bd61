// Another host whose clock is set, whose power is cut, or whose connection ends: played by shells of this one.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { milliseconds } from '../../../base/units.ts';
import type { Event } from '../../../drill/recording/recording.ts';
import { jumpClock } from '../../../drill/remote/clock-jump.ts';
import { remoteFaults } from '../../../drill/remote/faults.ts';
import { createHostClock } from '../../../drill/remote/host-clock.ts';
import { cutPower } from '../../../drill/remote/power-cut.ts';
import type { Reach } from '../../../drill/remote/ssh.ts';
import { watchRemotes } from '../../../drill/remote/watch.ts';

const hour = 3_600_000;
const shell = (script: string) => spawn('bash', ['-c', script], { stdio: ['pipe', 'pipe', 'pipe'] });

describe("another host's clock", () => {
  const rows: readonly (readonly [string, number, number, number])[] = [
    ['a time before a jump back', -hour, -300, -300],
    ['a time after a jump back', -hour, -hour - 300, -300],
    ['a time before a short jump', 1000, -800, -800],
    ['a time after a short jump', 1000, 200, -800],
    ['a time after a short jump back', -1000, -1800, -800],
  ];
  for (const [what, by, theirs, ours] of rows)
    it(`tells ${what} as ours`, () => {
      const clock = createHostClock(10);
      clock.set(10 + by);
      assert.equal(clock.read(1e12 + 10 + theirs, 1e12), 1e12 + ours);
    });
  it('is as it was after a jump there and back, by its last measurement', async () => {
    const clock = createHostClock(10);
    let ahead = 10;
    const measure = async () => ({ ahead, error: 1 });
    const make = async () => {
      ahead += hour - 3;
      const undo = async (): Promise<void> => {
        ahead -= hour + 2;
      };
      return { at: 5, isolates: false, undo };
    };
    const { at, undo } = await jumpClock(clock, { by: hour, make, measure });
    assert.equal(at, 5);
    assert.equal(clock.ahead(), hour + 7);
    await undo?.();
    assert.equal(clock.ahead(), 5);
    assert.equal(clock.read(1e12 + 5, 1e12), 1e12);
  });
  it('can be set back where it cannot be compared', async () => {
    const clock = createHostClock(10);
    let isBack = false;
    const undo = async (): Promise<void> => {
      isBack = true;
    };
    const make = async () => ({ at: 5, isolates: false, undo });
    const measure = () => Promise.reject(new Error('ssh does not reach lb0'));
    const jump = await jumpClock(clock, { by: hour, make, measure });
    assert.equal(clock.ahead(), 10 + hour);
    await jump.undo?.();
    assert.deepEqual([isBack, clock.ahead()], [true, 10]);
  });
  it('is as it was where it cannot be set', async () => {
    const clock = createHostClock(10);
    const make = () => Promise.reject(new Error('not allowed'));
    await assert.rejects(jumpClock(clock, { by: hour, make, measure: make }), /not allowed/);
    assert.equal(clock.ahead(), 10);
  });
  for (const by of [-hour, 30_500])
    it(`is set by ${by} ms`, () => {
      const script = remoteFaults.jump_clock?.(
        { do: 'jump_clock', by: milliseconds(by) },
        { interfaces: [], addresses: [] },
      );
      const said = execFileSync('bash', ['-ec', `date() { echo "$2"; }\n${script?.apply}`], { encoding: 'utf8' });
      assert.match(said, /^@\d{10}\.\d{6}$/m);
      assert.ok(Math.abs(Number(said.slice(1)) * 1000 - Date.now() - by) < 5000, said);
    });
});

describe('a power cut of another host', () => {
  it('is waited for until the host has booted and regent runs', async () => {
    const states = ['exit 255', 'echo one; echo active', 'echo two; echo activating', 'echo two; echo active'];
    const asked: string[] = [];
    const reach: Reach = (_, script) => {
      if (script.includes('EPOCHREALTIME"; done')) return shell(script);
      if (script.includes('echo b >')) return shell('echo one; echo "$EPOCHREALTIME"');
      asked.push(states[asked.length] ?? '');
      return shell(asked.at(-1) ?? '');
    };
    const before = Date.now();
    const { at, undo } = await cutPower(reach, 'lb0', createHostClock(0));
    assert.ok(at >= before + 400 && at <= Date.now() + 600);
    await undo?.();
    assert.deepEqual(asked, states);
  });
  it('is refused with why', async () => {
    const reach: Reach = () => shell("echo 'regent is not enabled' >&2; exit 1");
    await assert.rejects(cutPower(reach, 'lb0', createHostClock(0)), /regent is not enabled/);
  });
});

const watchOne = async (
  reach: Reach,
): Promise<{ readonly events: readonly Event[]; readonly stop: () => Promise<void> }> => {
  const events: Event[] = [];
  const remote = { host: 'lb0', interfaces: ['e0'], ours: (time: number) => time };
  const stop = await watchRemotes(
    reach,
    [remote],
    (endpoint) => endpoint,
    (event) => events.push(event),
  );
  return { events, stop };
};

describe('a host that is watched', function () {
  this.timeout(60_000);
  it('is watched again after its connection has ended, with the addresses that it still has', async () => {
    const address = (last: number) => `echo '2: e0    inet 192.0.2.${last}/32 scope global e0'`;
    const starts = [`${address(1)}; ${address(2)}; echo end; exit 255`, `${address(2)}; echo end; read -r _`];
    let started = 0;
    const reach: Reach = (_, script) => {
      if (!script.includes('monitor address')) return shell(script.includes('link') ? 'true' : 'read -r _');
      started += 1;
      return shell(starts[started - 1] ?? 'exit 255');
    };
    const { events, stop } = await watchOne(reach);
    for (let round = 0; round < 100 && events.length < 4; round += 1) await sleep(50);
    await stop();
    assert.deepEqual(
      events.map((event) => (event.type === 'address' ? `${event.address} ${event.held}` : event.type)),
      ['192.0.2.1 true', '192.0.2.2 true', '192.0.2.2 true', '192.0.2.1 false'],
    );
    await sleep(1200);
    assert.equal(started, 2);
  });
  it('tells what was logged since then, each line once', async () => {
    const line = (message: string, ago: number): string =>
      JSON.stringify({ timestamp: new Date(Date.now() - ago).toISOString(), level: 'info', message });
    const said = [line('earlier', 5000), line('now', -1000)].map((text) => `echo '${text}'`).join('; ');
    let started = 0;
    const reach: Reach = (_, script) => {
      if (!script.includes('regent events')) return shell(script.includes('link') ? 'true' : 'read -r _');
      started += 1;
      // First its command finds no director.
      return shell(`regent() { ${started === 1 ? 'false' : `${said}; exec sleep 60`}; }\n${script}`);
    };
    const { events, stop } = await watchOne(reach);
    for (let round = 0; round < 200 && events.length < 1; round += 1) await sleep(50);
    await stop();
    assert.equal(started, 2);
    assert.deepEqual(
      events.map((event) => (event.type === 'log' ? event.message : event.type)),
      ['now'],
    );
  });
});
