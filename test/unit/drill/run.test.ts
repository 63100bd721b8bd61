// A run on a played target, with the real client and a real web server that faults take away: all is undone, whatever happens.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { outageOfRun } from '../../../drill/recording/outages.ts';
import { headlineOf } from '../../../drill/report/numbers.ts';
import { performRun } from '../../../drill/run/run.ts';
import { performSeries } from '../../../drill/run/series.ts';
import type { Target } from '../../../drill/run/target.ts';
import { parseDrill } from '../../../drill/scenario/load.ts';

const clientProgram = fileURLToPath(new URL('../../../drill/client/client.js', import.meta.url));
const clock = { ahead: 0, error: 0 };
const narrator = { onStep: () => {}, onChecks: () => {}, onEvent: () => {}, onSecond: () => {} };

describe('runs', function () {
  this.timeout(60_000);
  let server: Server;
  let port = 0;
  const undone: string[] = [];
  const listen = async (): Promise<void> => {
    server = createServer((_, response) => response.end('rs0\n')).listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  };
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  beforeEach(async () => {
    undone.length = 0;
    await listen();
  });
  afterEach(close);

  /** A cut takes the web server away; `flush_table` cannot be done; others do nothing, slowly. */
  const target: Target = {
    on: 'here',
    subject: 'regent',
    directors: ['lb0'],
    servers: ['rs0'],
    routers: [],
    addresses: [],
    terms: { master_down: 1000, interval: 300, detection: 0, recovery: 0 },
    masterDowns: { lb0: 1000 },
    formula: '',
    configurations: [],
    environment: {},
    refusal: () => undefined,
    apply: async (act) => {
      if (act.do === 'flush_table') throw new Error('there is no table');
      const at = Date.now();
      if (act.do === 'cut') close();
      else await sleep(300);
      const undo = async (): Promise<void> => {
        undone.push(act.do);
        if (act.do === 'cut') await listen();
      };
      return { at, isolates: false, undo };
    },
    startClient: (plan) =>
      spawn(process.execPath, [clientProgram, JSON.stringify(plan)], { stdio: ['pipe', 'pipe', 'inherit'] }),
    clientClock: { hear: () => {}, read: () => clock },
    clocks: () => ({}),
    watch: async () => async () => {},
    ailments: async () => [],
  };

  const run = (
    steps: string,
    { signal = new AbortController().signal, played = target, more = '', client = '' } = {},
  ) => {
    const text = `drill: mine\nclient: { get: "http://127.0.0.1:${port}/", rate: 50/s${client} }\nsteady: { for: 300ms }\n${more}steps:\n${steps}`;
    return performRun({ drill: parseDrill(text, 'mine.yaml'), target: played, number: 1, signal, narrator });
  };

  it('measures the outage of a fault, and holds by its bounds', async () => {
    const { verdict, steps, requests, reason } = await run(
      '  - { do: cut, director: lb0, for: 1s, expect: { failed: ">= 1" } }\n  - { do: mend, for: 1s, expect: { outage: "<= 20s" } }\n',
    );
    assert.equal(verdict, 'held', `${reason} ${JSON.stringify(steps)}`);
    assert.deepEqual(undone, ['cut']);
    assert.ok(requests.some(([, , , good]) => good === 0) && requests.some(([, , , good]) => good === 1));
  });
  it('is broken by a bound that does not hold', async () => {
    const { verdict } = await run('  - { do: cut, director: lb0, for: 500ms, expect: { failed: 0 } }\n');
    assert.equal(verdict, 'broken');
    assert.deepEqual(undone, ['cut']);
  });
  it('undoes what was made beside a fault that cannot be made', async () => {
    const { verdict, steps } = await run(
      '  - { together: [{ do: flush_table, director: lb0 }, { do: freeze, director: lb0 }], for: 100ms }\n',
    );
    assert.equal(verdict, 'broken');
    assert.equal(steps[1]?.error, 'there is no table');
    assert.deepEqual(undone, ['freeze']);
  });
  it('leaves out what chaos cannot make', async () => {
    const { verdict, reason, events } = await run(
      '  - { random: { seed: 1, for: 2s, every: 300ms, faults: [flush_table, freeze] } }\n',
    );
    assert.equal(verdict, 'held', reason);
    assert.ok(undone.length > 0);
    const told = events.flatMap((event) => (event.type === 'log' ? [event.message] : []));
    assert.ok(told.includes('flush table lb0 is left out: there is no table'), told.join('; '));
  });
  it('tells what chaos leaves out because what was before it took too long', async () => {
    const slow: Target = {
      ...target,
      apply: async () => {
        await sleep(800);
        return { at: Date.now(), isolates: false, undo: async () => undefined };
      },
    };
    const { events } = await run('  - { random: { seed: 1, for: 1s, every: 100ms, faults: [freeze] } }\n', {
      played: slow,
    });
    const told = events.flatMap((event) => (event.type === 'log' ? [event.message] : [])).join('; ');
    assert.match(told, /freeze lb0 is left out: the time of chaos was over before its turn came/);
  });
  it('makes chaos at one place while what it makes at another is not done', async () => {
    const directors = ['lb0', 'lb1'];
    let isMadeOnBoth = false;
    const begun: string[] = [];
    const waiting: Target = {
      ...target,
      directors,
      apply: async (act) => {
        begun.push(act.director ?? '');
        for (let round = 0; round < 100 && !isMadeOnBoth; round += 1) {
          isMadeOnBoth = directors.every((one) => begun.includes(one));
          await sleep(50);
        }
        return { at: Date.now(), isolates: false, undo: async () => void undone.push(act.do) };
      },
    };
    await run('  - { random: { seed: 1, for: 3s, every: 300ms, faults: [freeze] } }\n', { played: waiting });
    assert.ok(isMadeOnBoth, begun.join(' '));
    assert.equal(undone.length, begun.length);
  });
  it('is aborted by a long outage, and everything is undone', async () => {
    const { verdict, reason, steps, requests } = await run('  - { do: cut, director: lb0, for: 50s }\n', {
      more: 'abort: { outage: 1s }\n',
    });
    // The step is recorded, with the outage that ended it.
    assert.match(steps[1]?.error ?? '', /no request succeeded/);
    assert.ok((outageOfRun({ steps, requests }) ?? Infinity) >= 900);
    assert.equal(verdict, 'aborted');
    assert.match(reason ?? '', /no request succeeded for 1000 ms/);
    assert.deepEqual(undone, ['cut']);
  });
  it('is not aborted while its client starts', async () => {
    const late: Target = {
      ...target,
      startClient: (plan) =>
        spawn('sh', ['-c', 'sleep 1.5; exec "$@"', 'sh', process.execPath, clientProgram, JSON.stringify(plan)], {
          stdio: ['pipe', 'pipe', 'inherit'],
        }),
    };
    const { verdict, reason } = await run('  - { do: wait, for: 100ms }\n', {
      more: 'abort: { outage: 1s }\n',
      played: late,
    });
    assert.equal(verdict, 'held', reason);
  });
  it('is aborted while a fault is not made yet: others are undone at once, and it once it is made', async () => {
    let isFrozen = false;
    const slow: Target = {
      ...target,
      apply: async (act) => {
        if (act.do === 'cut') return await target.apply(act);
        for (let round = 0; round < 200 && !undone.includes('cut'); round += 1) await sleep(50);
        isFrozen = true;
        const undo = async (): Promise<void> => void undone.push(act.do);
        return { at: Date.now(), isolates: false, undo };
      },
    };
    for (const step of [
      '{ together: [{ do: cut, director: lb0 }, { do: freeze, director: lb0 }], for: 50s }',
      '{ do: cut, director: lb0, for: 0s }\n  - { random: { seed: 1, for: 60s, every: 200ms, faults: [freeze] } }',
    ]) {
      undone.length = 0;
      isFrozen = false;
      const { verdict, reason } = await run(`  - ${step}\n`, { more: 'abort: { outage: 1s }\n', played: slow });
      assert.deepEqual([verdict, reason], ['aborted', 'no request succeeded for 1000 ms']);
      assert.deepEqual([isFrozen, ...undone], [true, 'cut', 'freeze']);
    }
  });
  it('is aborted by a signal, and everything is undone', async () => {
    const controller = new AbortController();
    const slow: Target = {
      ...target,
      apply: async (act) => {
        const made = await target.apply(act);
        setTimeout(() => controller.abort('ended by SIGINT'), 200);
        return made;
      },
    };
    const { verdict, reason } = await run('  - { do: freeze, director: lb0, for: 50s }\n', {
      signal: controller.signal,
      played: slow,
    });
    assert.equal(verdict, 'aborted');
    assert.equal(reason, 'ended by SIGINT');
    assert.deepEqual(undone, ['freeze']);
  });
  it('does not begin with a download that has an end', async () => {
    const { verdict, reason } = await run('  - { do: cut, director: lb0 }\n', { client: ', downloads: 1' });
    assert.equal(verdict, 'not begun');
    assert.match(
      reason ?? '',
      /\/download is not a download that can be kept open: its answer, of status 200, has an end/,
    );
    assert.deepEqual(undone, []);
  });
  it('does not begin on a pair that is not whole', async () => {
    const { verdict, reason } = await run('  - { do: cut, director: lb0 }\n', {
      signal: AbortSignal.abort('at once'),
      played: { ...target, ailments: async () => ['lb0 is down'] },
    });
    assert.equal(verdict, 'not begun');
    assert.equal(reason, 'lb0 is down');
    assert.deepEqual(undone, []);
  });

  /** Two runs of each of two programs, each of a few requests. */
  const series = async (isRenewed: boolean, refuses: (opened: readonly string[]) => boolean = () => false) => {
    const text = `drill: mine\nclient: { get: "http://127.0.0.1:${port}/", rate: 500/s }\nsteady: { for: 50ms }\nsteps:\n  - { do: wait, for: 0s }\n`;
    const opened: string[] = [];
    let open = 0;
    const { runs, environment } = await performSeries({
      loaded: { drill: parseDrill(text, 'mine.yaml'), text, file: 'mine.yaml' },
      on: 'here',
      subjects: ['regent', 'keepalived'],
      times: 2,
      command: '',
      signal: new AbortController().signal,
      narrator,
      onRun: () => {},
      isRenewed,
      open: async (subject) => {
        if (refuses(opened)) throw new Error('the hosts do not boot');
        assert.equal(open, 0);
        open += 1;
        opened.push(subject);
        return {
          target: { ...target, subject },
          close: async () => {
            open -= 1;
          },
        };
      },
    });
    assert.equal(open, 0);
    const told = runs.map((one) => `${one.subject} ${one.number} ${one.verdict}`);
    return { opened, told, runs, environment };
  };
  const alternating = ['regent', 'keepalived', 'regent', 'keepalived'];
  it('are each made on hosts of their own, in turn, where hosts are made anew', async () => {
    const { opened, told, environment } = await series(true);
    assert.deepEqual(opened, alternating);
    assert.deepEqual(told, ['regent 1 held', 'keepalived 1 held', 'regent 2 held', 'keepalived 2 held']);
    assert.equal(environment.hosts, 'made anew for each run');
  });
  it('share the hosts of their program elsewhere', async () => {
    const { opened, told, environment } = await series(false);
    assert.deepEqual(opened, ['regent', 'keepalived']);
    assert.deepEqual(told, ['regent 1 held', 'regent 2 held', 'keepalived 1 held', 'keepalived 2 held']);
    assert.equal(environment.hosts, 'the same in all runs');
  });
  it('keep what was measured where later hosts do not boot', async () => {
    const { told, runs } = await series(true, (opened) => opened.length === 3);
    assert.deepEqual(told, ['regent 1 held', 'keepalived 1 held', 'regent 2 held', 'keepalived 2 not begun']);
    assert.equal(runs[3]?.reason, 'the hosts do not boot');
    assert.equal(headlineOf({ runs }).verdict, '1 of 4 runs did not hold');
  });
  it('fail where the first hosts do not boot', () =>
    assert.rejects(
      series(true, () => true),
      /the hosts do not boot/,
    ));
});
