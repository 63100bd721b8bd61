// A director that has just started preempts once its checks have spoken of every server.

import assert from 'node:assert/strict';
import type { Instant } from '../../../base/units.ts';
import { awaitFirstVerdicts } from '../../../controller/first-verdicts.ts';
import type { Health } from '../../../healthcheck/messages.ts';

const rig = (...names: string[]) => {
  const healths = new Map<string, Health>(names.map((name) => [name, 'unknown']));
  const lines: string[] = [];
  let now = 1000;
  let asked = 0;
  let configuration = {};
  const isUnknown = (name: string): boolean => {
    asked += 1;
    // A server that is no longer configured is not known either.
    return (healths.get(name) ?? 'unknown') === 'unknown';
  };
  const verdicts = awaitFirstVerdicts(
    () => configuration,
    () => [...healths.keys()].map((name) => ({ name, isUnknown: () => isUnknown(name) })),
    () => now as Instant,
    (level, _, text) => lines.push(`${level} ${text}`),
  );
  return {
    verdicts,
    lines,
    asked: () => asked,
    reload: (removed: string) => {
      healths.delete(removed);
      configuration = {};
    },
    know: (name: string, health: Health) => healths.set(name, health),
    pass: (span: number) => {
      now += span;
    },
  };
};

describe('a director that has just started', () => {
  it('is held back until something is known of every server, be it good or bad', () => {
    const { verdicts, know, lines } = rig('rs0', 'rs1');
    assert.equal(verdicts.heldBack(), 'it waits for the first verdicts of its checks');
    know('rs0', 'up');
    assert.equal(verdicts.look(), false);
    know('rs1', 'down');
    assert.equal(verdicts.look(), true);
    assert.equal(verdicts.heldBack(), undefined);
    assert.deepEqual(lines, []);
  });

  it('is not held back again by a server that is added later', () => {
    const { verdicts, know } = rig('rs0');
    know('rs0', 'up');
    assert.equal(verdicts.look(), true);
    know('rs1', 'unknown');
    assert.equal(verdicts.look(), false);
    assert.equal(verdicts.heldBack(), undefined);
  });

  it('asks each known server once, however many verdicts come', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `rs${index}`);
    const { verdicts, know, asked } = rig(...names);
    for (const name of names) {
      know(name, 'up');
      verdicts.look();
    }
    assert.equal(verdicts.heldBack(), undefined);
    assert.ok(asked() <= 3 * names.length, `${asked()}`);
  });

  it('does not wait for a server that a reload has removed', () => {
    const { verdicts, know, reload } = rig('rs0', 'rs1', 'rs2');
    know('rs0', 'up');
    assert.equal(verdicts.look(), false);
    reload('rs1');
    assert.equal(verdicts.look(), false);
    know('rs2', 'up');
    assert.equal(verdicts.look(), true);
  });

  it('is held back by nothing where there is no server', () => {
    assert.equal(rig().verdicts.heldBack(), undefined);
  });

  it('says after a minute of whom it knows nothing, once, and goes on waiting', () => {
    const { verdicts, know, lines, pass } = rig('rs0', 'rs1');
    know('rs0', 'up');
    pass(59_999);
    assert.equal(verdicts.look(), false);
    assert.deepEqual(lines, []);
    for (let look = 0; look < 2; look += 1) {
      pass(1);
      assert.equal(verdicts.look(), false);
    }
    assert.deepEqual(lines, ['warn does not preempt: no verdict on rs1 after 60 s; the current master stays']);
    know('rs1', 'down');
    assert.equal(verdicts.look(), true);
  });
});
