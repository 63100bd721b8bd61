// A refused ruleset is tried again after growing pauses, not at every turn; another ruleset is tried at once.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNftables } from '../../../../kernel/nftables/table.ts';

describe('a table of nftables that the kernel refuses', () => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-nft-'));
  after(() => rmSync(folder, { recursive: true }));

  const [calls, answer] = ['calls', 'answer'].map((name) => join(folder, name)) as [string, string];
  // Writes down that it was called to write, and does what `answer` says.
  const nft = ['sh', '-c', `[ "$1" = list ] && exit 0; echo >>${calls}; cat >/dev/null; . ${answer}`, 'nft'];
  const counted = (): number => readFileSync(calls, 'utf8').length;
  let now = 0;
  let generation = 0;
  const nftables = openNftables({ nft, generation: () => ++generation, clock: () => now });

  beforeEach(() => {
    writeFileSync(calls, '');
    writeFileSync(answer, 'echo Operation not supported >&2; exit 1');
  });

  const isRefused = (ruleset: string): Promise<void> =>
    assert.rejects(
      nftables.reconcile('inet', 'regent-x', ruleset),
      /Cannot write .* regent-x: Operation not supported/,
    );

  it('is written again after 1 s, 2 s, 4 s, and its answer stands until then', async () => {
    for (const [moment, attempts] of [
      [0, 1],
      [999, 1],
      [1000, 2],
      [2999, 2],
      [3000, 3],
      [6999, 3],
      [7000, 4],
    ] as const) {
      now = moment;
      await isRefused('table a');
      assert.equal(counted(), attempts, `at ${moment} ms`);
    }
  });

  it('is written at once when it is to be another, and begins with short pauses once it was taken', async () => {
    await isRefused('table b');
    writeFileSync(answer, 'exit 0');
    assert.equal(await nftables.reconcile('inet', 'regent-x', 'table c'), 'written');
    writeFileSync(answer, 'echo Operation not supported >&2; exit 1');
    await isRefused('table b');
    now += 1000;
    await isRefused('table b');
    assert.equal(counted(), 4);
  });
});
