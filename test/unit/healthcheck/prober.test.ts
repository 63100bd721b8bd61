// The prober under a simulated clock: turns, verdicts, reconfiguration, batches.

import assert from 'node:assert/strict';
import sinon from 'sinon';
import { type Instant, milliseconds } from '../../../base/units.ts';
import type { FromHealthcheck, Target } from '../../../healthcheck/messages.ts';
import { LocalFault } from '../../../healthcheck/network-error.ts';
import type { Outcome } from '../../../healthcheck/outcome.ts';
import { createProber, type Prober } from '../../../healthcheck/prober.ts';
import { phaseOf } from '../../../healthcheck/schedule.ts';
import { ip } from '../../../net/ip-address.ts';

const check = { type: 'tcp', interval: milliseconds(1000), timeout: milliseconds(500), rise: 2, fall: 3 } as const;
const makeTarget = (id: string, port = 80): Target => ({ id, endpoint: { address: ip('10.0.0.1'), port }, check });

describe('prober', () => {
  let time: sinon.SinonFakeTimers;
  let prober: Prober;
  let sent: FromHealthcheck[];
  let probes: { readonly port: number; readonly at: number }[];
  let underWay = 0;
  let most = 0;
  let answer: { ok: boolean; after: number; fault?: string; found?: Pick<Outcome, 'warning' | 'weight'> };
  let wait = 0;

  beforeEach(() => {
    time = sinon.useFakeTimers({ now: 10_000, toFake: ['setTimeout', 'clearTimeout'] });
    sent = [];
    probes = [];
    underWay = 0;
    most = 0;
    answer = { ok: true, after: 5 };
    wait = 0;
    type Armed = { readonly at: Instant; readonly slack: number; readonly timer: NodeJS.Timeout };
    const armed = new Map<(now: Instant) => void, Armed>();
    prober = createProber({
      probe: async ({ endpoint: { port } }, onStart) => {
        const { ok, after, fault, found } = answer;
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        onStart();
        probes.push({ port, at: time.now });
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setTimeout(resolve, after));
        underWay -= 1;
        if (fault !== undefined) throw new LocalFault(fault, '10.0.0.1:80');
        const latency = milliseconds(after);
        return (ok ? { ok, latency, ...found } : { ok, latency, error: 'connection refused' }) satisfies Outcome;
      },
      longestTurn: () => milliseconds(7),
      clock: () => time.now as Instant,
      wheel: {
        arm: (action, at, slack) => {
          const run = (): void => {
            armed.delete(action);
            action(time.now as Instant);
          };
          armed.set(action, { at, slack, timer: setTimeout(run, Math.max(0, at - time.now)) });
        },
        disarm: (action, at, slack) => {
          const own = armed.get(action);
          if (own === undefined) return;
          assert.deepEqual([own.at, own.slack], [at, slack], 'as the real wheel finds it');
          clearTimeout(own.timer);
          armed.delete(action);
        },
      },
      send: (message) => sent.push(message),
    });
  });
  afterEach(() => {
    prober.stop();
    time.restore();
  });

  const verdicts = (): string[] =>
    sent.flatMap((message) =>
      message.type === 'verdict' ? [`${message.target} ${message.health}: ${message.reason}`] : [],
    );

  describe('with thousands of new targets', () => {
    const many = Array.from({ length: 1000 }, (_, index) => makeTarget(`t${index}`, index + 1));
    const begun = (): number => new Set(probes.map(({ port }) => port)).size;

    it('begins some in this turn of the loop and the rest in the next ones, each once', async () => {
      prober.configure(many);
      assert.equal(begun(), 250);
      await time.tickAsync(10);
      assert.equal(begun(), 1000);
      assert.equal(probes.length, 1000);
    });
    it('probes none that was removed before its turn, and none after the end', async () => {
      prober.configure(many);
      prober.change([], ['t999']);
      await time.tickAsync(10);
      assert.equal(begun(), 999);
      prober.configure([]);
      probes = [];
      prober.configure(many.slice(0, 400));
      prober.stop();
      await time.tickAsync(10);
      assert.equal(begun(), 250);
    });
    it('begins targets that come meanwhile after them', async () => {
      prober.configure(many);
      prober.change([makeTarget('late', 5000)], []);
      await time.tickAsync(10);
      assert.equal(probes.at(-1)?.port, 5000);
      assert.equal(begun(), 1001);
    });
  });

  it('probes at once, then on the grid of the target, without drift', async () => {
    prober.configure([makeTarget('a')]);
    await time.tickAsync(20_000);
    assert.equal(probes[0]?.at, 10_000);
    assert.ok(probes.length >= 20 && probes.length <= 21, `${probes.length}`);
    const phase = phaseOf('a', check.interval);
    for (const { at } of probes.slice(1)) {
      assert.ok((at - phase + 1000) % 1000 < 1 || (at - phase + 1000) % 1000 > 999, `${at} against ${phase}`);
    }
  });

  it('tells a verdict when it changes, and only then', async () => {
    prober.configure([makeTarget('a')]);
    await time.tickAsync(5000);
    answer = { ok: false, after: 1 };
    await time.tickAsync(6000);
    answer = { ok: true, after: 1 };
    await time.tickAsync(5000);
    assert.deepEqual(verdicts(), [
      'a up: the first probe succeeded',
      'a down: 3 failures in a row: connection refused',
      'a up: 2 successes in a row',
    ]);
  });

  it('never has two probes of one target under way, however slow they are', async () => {
    answer = { ok: true, after: 2600 };
    prober.configure([makeTarget('a')]);
    await time.tickAsync(20_000);
    assert.equal(most, 1);
    assert.ok(probes.length >= 7, `${probes.length}`);
  });

  it('keeps the verdict and the turn of an unchanged target, and tells the verdict again', async () => {
    prober.configure([makeTarget('a')]);
    await time.tickAsync(10);
    prober.configure([makeTarget('a')]);
    await time.tickAsync(10);
    assert.equal(probes.length, 1);
    assert.deepEqual(verdicts(), ['a up: the first probe succeeded', 'a up: the first probe succeeded']);
  });

  it('begins anew with a changed target, and drops the outcome that was under way', async () => {
    answer = { ok: false, after: 100 };
    prober.configure([makeTarget('a', 80)]);
    await time.tickAsync(50);
    answer = { ok: true, after: 5 };
    prober.configure([makeTarget('a', 81)]);
    await time.tickAsync(200);
    assert.deepEqual(
      probes.map(({ port }) => port),
      [80, 81],
    );
    assert.deepEqual(verdicts(), ['a up: the first probe succeeded']);
  });

  it('takes a change without telling again of what stays, and begins and ends what differs', async () => {
    prober.configure([makeTarget('a'), makeTarget('b', 81)]);
    await time.tickAsync(3000);
    sent = [];
    probes = [];
    prober.change([makeTarget('c', 82), makeTarget('a')], ['b', 'unknown']);
    await time.tickAsync(100);
    assert.deepEqual(verdicts(), ['c up: the first probe succeeded']);
    await time.tickAsync(5000);
    assert.deepEqual([...new Set(probes.map(({ port }) => port))].sort(), [80, 82]);
    // The one that stays keeps its turn: it was not probed at once.
    assert.ok(probes.filter(({ port }) => port === 80).length <= 6);
  });

  it('leaves a removed target alone', async () => {
    prober.configure([makeTarget('a', 80), makeTarget('b', 81)]);
    await time.tickAsync(10);
    prober.configure([makeTarget('b', 81)]);
    await time.tickAsync(5000);
    assert.equal(probes.filter(({ port }) => port === 80).length, 1);
    assert.ok(probes.filter(({ port }) => port === 81).length >= 5);
  });

  it('judges no server by a fault of this host', async () => {
    answer = { ok: true, after: 1, fault: 'EMFILE' };
    prober.configure([makeTarget('a')]);
    await time.tickAsync(5000);
    assert.ok(probes.length >= 5);
    assert.deepEqual(verdicts(), []);
    const [batch] = sent;
    assert.ok(batch?.type === 'probes');
    assert.equal(batch.results[0]?.error, 'Cannot probe 10.0.0.1:80: EMFILE');
  });

  it('tells a fault of this host once, with how many targets it keeps from being probed, and when it is over', async () => {
    answer = { ok: true, after: 1, fault: 'EMFILE' };
    prober.configure([makeTarget('a'), makeTarget('b')]);
    await time.tickAsync(5000);
    answer = { ok: true, after: 1 };
    await time.tickAsync(5000);
    assert.deepEqual(
      sent.filter(({ type }) => type === 'local-fault'),
      [
        { type: 'local-fault', why: 'EMFILE', targets: 2 },
        { type: 'local-fault', why: 'EMFILE', targets: 0 },
      ],
    );
  });

  it('probes faster while outcomes contradict the verdict, and slower again when they agree', async () => {
    const fast = { ...makeTarget('a'), check: { ...check, fall: 4, fastInterval: milliseconds(100) } };
    prober.configure([fast]);
    await time.tickAsync(3000);
    answer = { ok: false, after: 1 };
    const before = probes.length;
    await time.tickAsync(3000);
    const [first = 0, ...later] = probes.slice(before).map(({ at }) => at);
    const [second = 0, third = 0, fourth = 0, fifth = 0] = later;
    assert.ok(fourth - first <= 400, `${second - first} ${third - first} ${fourth - first}`);
    assert.ok(fifth - fourth > 400, `${fifth - fourth}`);
    assert.deepEqual(verdicts().at(-1), 'a down: 4 failures in a row: connection refused');
  });

  it('tells a weight when it changes, and a warning once for each wording', async () => {
    answer = { ok: true, after: 1, found: { weight: 7, warning: 'certificate expires in 9 days' } };
    prober.configure([makeTarget('a')]);
    await time.tickAsync(3000);
    answer = { ok: true, after: 1, found: { weight: 0, warning: 'certificate expires in 8 days' } };
    await time.tickAsync(3000);
    answer = { ok: true, after: 1, found: { weight: 0 } };
    await time.tickAsync(3000);
    const told = sent.flatMap((message) => {
      if (message.type === 'verdict') return [`${message.health} ${message.weight}`];
      return message.type === 'warning' ? [message.text] : [];
    });
    assert.deepEqual(told, ['up 7', 'certificate expires in 9 days', 'up 0', 'certificate expires in 8 days', '']);
  });

  it('tells a new controller of warnings and faults of this host', async () => {
    answer = { ok: true, after: 1, found: { warning: 'certificate expires in 9 days' } };
    prober.configure([makeTarget('a')]);
    await time.tickAsync(2000);
    answer = { ok: true, after: 1, fault: 'EMFILE' };
    await time.tickAsync(3000);
    sent = [];
    prober.configure([makeTarget('a')]);
    assert.deepEqual(
      sent.filter(({ type }) => type !== 'verdict'),
      [
        { type: 'warning', target: 'a', text: 'certificate expires in 9 days' },
        { type: 'local-fault', why: 'EMFILE', targets: 1 },
      ],
    );
  });

  it("says how late the latest probe began, and the loop's longest turn", async () => {
    wait = 40;
    prober.configure([makeTarget('a')]);
    await time.tickAsync(4000);
    const batches = sent.flatMap((message) => (message.type === 'probes' ? [message.lateness] : []));
    assert.ok(batches.length >= 2 && batches.every((late) => late > 38 && late < 42), batches.join(' '));
    assert.ok(sent.every((message) => message.type !== 'probes' || message.longestTurn === 7));
  });

  it('sends every outcome, in one batch a second at most', async () => {
    prober.configure(['a', 'b', 'c'].map((id) => makeTarget(id)));
    await time.tickAsync(10_000);
    const batches = sent.filter((message) => message.type === 'probes');
    assert.ok(batches.length >= 5 && batches.length <= 10, `${batches.length}`);
    const results = batches.flatMap(({ results }) => results);
    assert.deepEqual(results[0], { target: 'a', ok: true, latency: 5 });
    assert.ok(results.length >= probes.length - 3, `${results.length} of ${probes.length}`);
  });

  it('is silent after stop', async () => {
    prober.configure([makeTarget('a')]);
    await time.tickAsync(2);
    prober.stop();
    await time.tickAsync(5000);
    assert.equal(probes.length, 1);
    assert.deepEqual(sent, []);
  });
});
