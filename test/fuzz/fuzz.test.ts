// Every parser takes what was found before, and what is found in a second (a fifth of it in `npm test`). `npm run fuzz` looks for longer.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBelow } from '../../base/random.ts';
import { unlessShort } from '../prove/extent.ts';
import { runCampaign } from './campaign.ts';
import { readCorpus } from './corpus.ts';
import { fuzz, runOnce } from './fuzz.ts';
import { readFound, readTotal } from './state.ts';
import type { Target } from './target.ts';
import { targets } from './targets.ts';

/** In milliseconds. */
const span = unlessShort(1000, 200);

describe('the parser', () => {
  for (const [name, target] of Object.entries(targets)) {
    const corpus = readCorpus(name);
    it(`of ${name} takes ${corpus.length} inputs that were kept`, async () => {
      assert.ok(corpus.length > 0, `npm run fuzz -- ${name} --keep`);
      for (const input of corpus) assert.equal(await runOnce(target, input), undefined, input.toString('hex'));
    });
    it(`of ${name} takes others for ${span} ms`, async () => {
      const { executions, size, faults } = await fuzz({ target, corpus, span, below: randomBelow(Date.now()) });
      assert.deepEqual(
        faults.map(({ input, why }) => `${input.toString('hex')}: ${why}`),
        [],
      );
      assert.ok(executions > corpus.length && size > 0, `${executions} inputs, ${size} characters`);
    });
  }
});

describe('the fuzzer', () => {
  /** Parses what is hidden behind three comparisons: blind changes would need millions of inputs. */
  const hidden: Target = {
    run: (input) => {
      const found = targets.bfd?.run(input);
      if (input.length === 24 && input[0] === 0x20 && input[2] === 1 && input[3] === 24) throw new Error('found');
      return found;
    },
    seeds: () => [Buffer.from('20c0031800000001000000020000c3500000c35000000000', 'hex')],
  };

  it('finds a fault, and says by which input', async () => {
    const { faults } = await fuzz({ target: hidden, corpus: [], span: 15_000, below: randomBelow(1), mostFaults: 1 });
    assert.match(faults[0]?.why ?? '', /found/);
    assert.equal(faults[0]?.input[2], 1);
  }).timeout(30_000);

  it('finds the same with the same seed', () => {
    const [one, other] = [randomBelow(7), randomBelow(7)];
    assert.deepEqual(
      Array.from({ length: 100 }, () => one(256)),
      Array.from({ length: 100 }, () => other(256)),
    );
  });

  it('goes on where its last run ended, until each parser has had its minutes', async () => {
    const state = mkdtempSync(join(tmpdir(), 'regent-fuzz-'));
    const campaign = { names: ['bfd', 'arp'], jobs: 1, state, sliceSeconds: 0.5 };
    try {
      assert.deepEqual(await runCampaign({ ...campaign, minutes: 0.5 / 60 }), []);
      const before = campaign.names.map((name) => readTotal(state, name));
      for (const { inputs, processorSeconds } of before) assert.ok(inputs > 0 && processorSeconds >= 0.5);
      await runCampaign({ ...campaign, minutes: 0.5 / 60 });
      assert.deepEqual(
        campaign.names.map((name) => readTotal(state, name)),
        before,
      );
      await runCampaign({ ...campaign, names: ['arp'], minutes: (before[1]?.processorSeconds ?? 0) / 60 + 0.001 });
      assert.ok(readTotal(state, 'arp').inputs > (before[1]?.inputs ?? 0));
      assert.ok(readFound(state, 'arp').length > 0);
    } finally {
      rmSync(state, { recursive: true });
    }
  }).timeout(120_000);

  it('leaves a parser out whose process ends with a fault', async () => {
    const state = mkdtempSync(join(tmpdir(), 'regent-fuzz-'));
    try {
      const program = join(state, 'fails.js');
      writeFileSync(program, 'process.exit(1);');
      const faulty = await runCampaign({ names: ['bfd'], jobs: 1, state, minutes: 1, program });
      assert.deepEqual(faulty, ['bfd']);
    } finally {
      rmSync(state, { recursive: true });
    }
  }).timeout(60_000);
});
