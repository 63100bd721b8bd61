// The report of the last drill is kept in a folder of its user's own, and replaced whole.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keepReport } from '../../../cli/kept-report.ts';

describe('the report of the last drill', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-kept-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('is kept, in folders that are made for it and closed to others, and replaces the one before', () => {
    const path = join(folder, 'state', 'regent', 'last-drill.html');
    assert.equal(keepReport('first', path), undefined);
    assert.equal(keepReport('second', path), undefined);
    assert.equal(readFileSync(path, 'utf8'), 'second');
    assert.equal(statSync(join(folder, 'state', 'regent')).mode & 0o777, 0o700);
  });
  it('is not kept where that cannot be, in words', () => {
    writeFileSync(join(folder, 'file'), '');
    assert.match(String(keepReport('page', join(folder, 'file', 'last-drill.html'))), /EEXIST|ENOTDIR/);
  });
});
