// The summary of an import: how much was carried, each note once, all of them where asked.

import assert from 'node:assert/strict';
import { hostFiles } from '../../../config/source/files.ts';
import { importKeepalived } from '../../../import/import.ts';
import { formatSummary } from '../../../import/summary.ts';

const file = 'test/unit/import/corpus/02-unicast.conf';

const summaryOf = (path: string, verbose: boolean): readonly string[] => {
  const { findings, statements, isEmpty } = importKeepalived(path, hostFiles, { configId: 'main', environment: {} });
  return formatSummary(path, findings, statements, { verbose, isEmpty });
};

describe('the summary of an import', () => {
  it('begins with how much was carried, and in which way', () => {
    const [first = ''] = summaryOf(file, false);
    assert.match(
      first,
      /^\S+: \d+ lines carried as they are, \d+ changed, \d+ not carried, \d+ mistaken, \d+ not needed$/,
    );
    const [, carried] = /: (\d+) lines/.exec(first) ?? [];
    assert.ok(Number(carried) > 5, first);
  });

  it('names a note once with all its places', () => {
    const path = 'test/unit/import/corpus/28-spaces.conf';
    const lines = summaryOf(path, false).filter((line) => line.includes('not ASCII'));
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /28-spaces\.conf:\d+, \d+/);
    assert.ok(summaryOf(path, true).filter((line) => line.includes('not ASCII')).length > 1);
  });

  it('says where nothing is left', () => {
    assert.ok(
      summaryOf('test/unit/import/corpus/24-template.conf', false).some((line) => /^Nothing is left/.test(line)),
    );
  });
});
