// The tables, and how they are followed.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { tables } from '../../../import/page.ts';
import { carry, key, lost, needless, used } from '../../../import/rows.ts';
import { buildTree } from '../../../import/tree.ts';
import { wholeNumber } from '../../../import/values.ts';

describe('tables', () => {
  for (const { block, rows } of tables) {
    it(`name each keyword of ${block} once, with a reason where it is not carried`, () => {
      const keywords = rows.flatMap((row) => row.keywords);
      assert.deepEqual([...new Set(keywords)], keywords);
      for (const { verdict, to, note, keywords: some } of rows) {
        if (verdict === 'carried') assert.ok(to !== undefined, `${some}`);
        else assert.ok(note.length > 10, `${some}`);
      }
    });
  }
});

describe('the keywords of keepalived 2.2.7', () => {
  // As its manual page prints them, in whichever block.
  const manual = readFileSync('test/unit/import/keepalived-2.2.7.txt', 'utf8').split('\n').filter(Boolean);
  /** Read while files are, or together with the block that they stand in. */
  const elsewhere = new Set([
    ...['include', 'includea', 'includeb', 'includem', 'includer', 'includew'],
    ...['auth_type', 'auth_pass'],
    // Within garp_group and FILE_CHECK, which are not carried.
    ...['garp_interval', 'gna_interval', 'interfaces', 'dynamic'],
  ]);

  it('are all in the tables, carried or with a reason', () => {
    const named = new Set(tables.flatMap(({ rows }) => rows.flatMap(({ keywords }) => keywords)));
    assert.ok(manual.length > 300);
    assert.deepEqual(
      manual.filter((keyword) => !named.has(keyword) && !elsewhere.has(keyword)),
      [],
    );
  });
});

describe('carry', () => {
  const table = {
    block: 'test',
    into: 'test',
    rows: [
      key('priority prio', 'priority', wholeNumber(1, 9)),
      used('state', 'priority'),
      lost('mail', 'there is none'),
      needless('fast', 'it is'),
    ],
  };
  const rows: [line: string, entries: readonly string[], said: readonly string[]][] = [
    ['priority 5', ['priority=5'], []],
    ['prio 7', ['priority=7'], []],
    ['priority 5\npriority 6', ['priority=6'], []],
    ['priority 10', [], ['mistaken: expected a whole number from 1 to 9, not 10']],
    ['priority', [], ['mistaken: it has no value: expected a whole number from 1 to 9']],
    ['state MASTER', [], []],
    ['mail on', [], ['lost: there is none']],
    ['mail off', [], ['needless: it is off here']],
    ['fast', [], ['needless: it is']],
    ['priorty 5', [], ['mistaken: keepalived has no such keyword in test (did you mean "priority"?)']],
    ['zzz', [], ['mistaken: keepalived has no such keyword in test']],
  ];
  for (const [text, entries, said] of rows) {
    it(`follows the row of ${JSON.stringify(text)}`, () => {
      const lines = text.split('\n').map((line, index) => ({ text: line, place: { file: 'f', line: index + 1 } }));
      const carried = carry(buildTree(lines).statements, table);
      assert.deepEqual(
        Object.entries(carried.entries).map(([name, { content }]) => `${name}=${content}`),
        entries,
      );
      assert.deepEqual(
        carried.findings.map(({ kind, message }) => `${kind}: ${message}`),
        said,
      );
    });
  }
});
