// An exception in one probe, of whatever kind: that probe fails, everything else goes on, and it is told.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Instant, milliseconds } from '../../../base/units.ts';
import { createDefects } from '../../../healthcheck/defects.ts';
import type { Defect } from '../../../healthcheck/messages.ts';
import { makeTarget } from '../../servers/checks.ts';

const program = fileURLToPath(new URL('defective-probes.js', import.meta.url));

type Result = { readonly outcomes: readonly (readonly [string, string])[]; readonly told: readonly Defect[] };

describe('defects', () => {
  let result: Result;
  before(() => {
    result = JSON.parse(execFileSync(process.execPath, [program], { encoding: 'utf8' }));
  });

  const thrown = [
    'throws at once',
    'throws while it begins',
    'throws in a timer',
    'throws in an event',
    'an error event that nothing hears',
    'an error of a callback',
    'a rejected promise',
    'a promise that nothing awaits',
    'throws no error',
  ];
  for (const name of thrown) {
    it(`fails the probe alone: ${name}`, () => {
      assert.deepEqual(
        result.outcomes.find(([probe]) => probe === name),
        [name, `defect of regent: ${name}`],
      );
      const defect = result.told.find(({ text }) => text === name);
      assert.equal(defect?.target, name);
      assert.equal(defect?.times, 1);
      if (name !== 'throws no error') assert.match(defect?.stack ?? '', /^at /);
    });
  }

  it('leaves the other outcomes as they are', () => {
    const outcomes = new Map(result.outcomes);
    assert.equal(outcomes.get('is well'), 'up');
    assert.equal(outcomes.get('a late event'), 'up');
    assert.equal(outcomes.get('a fault of this host'), 'rejected: a fault of this host');
  });

  it('tells of a late one, and of one outside of every probe', () => {
    const targetOf = (what: string) => result.told.find(({ text }) => text === what)?.target;
    assert.equal(targetOf('a late event'), 'a late event');
    assert.ok(result.told.some(({ text }) => text === 'outside of every probe'));
    assert.equal(targetOf('outside of every probe'), undefined);
    assert.equal(result.told.length, thrown.length + 2);
  });

  describe('that goes on', () => {
    let time = 0;
    let armed: { readonly at: number; readonly action: () => void }[] = [];
    let told: Defect[] = [];
    const advance = (by: number): void => {
      const end = time + by;
      for (;;) {
        const [next] = armed.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        armed = armed.filter((one) => one !== next);
        time = next.at;
        next.action();
      }
      time = end;
    };
    const make = () =>
      createDefects({
        clock: () => time as Instant,
        arm: (action, delay) => armed.push({ at: time + delay, action }),
        report: (defect) => told.push(defect),
      });
    beforeEach(() => {
      time = 0;
      armed = [];
      told = [];
    });

    it('is told soon, then once a minute with its number, and again as new after a quiet minute', () => {
      const defects = make();
      const error = new Error('it');
      for (let second = 0; second < 120; second += 1) {
        defects.take(error);
        advance(milliseconds(1000));
      }
      assert.deepEqual(
        told.map(({ times }) => times),
        [1, 60],
      );
      advance(milliseconds(130_000));
      assert.equal(told.length, 3);
      assert.equal(armed.length, 0);
      defects.take(error);
      advance(milliseconds(1000));
      assert.equal(told.length, 4);
    });

    it('holds a bounded number of kinds, and counts all', () => {
      const defects = make();
      for (let index = 0; index < 1000; index += 1) defects.take(new Error(`it ${index}`));
      advance(milliseconds(1000));
      assert.equal(told.length, 100);
      assert.equal(
        told.reduce((sum, { times }) => sum + times, 0),
        1000,
      );
    });

    it('fails a TCP check, too, of which nothing is followed', async () => {
      const probe = make().contain(() => {
        throw new Error('it');
      });
      assert.equal((await probe(makeTarget('tcp', 80))).error, 'defect of regent: it');
    });

    it('is harmless to read', () => {
      make().take(new Error('a\u001b[2Jb\nc'));
      advance(milliseconds(1000));
      assert.equal(told[0]?.text, 'a\\x1b[2Jb\\nc');
    });
  });
});
