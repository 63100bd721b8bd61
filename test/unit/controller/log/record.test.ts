// Records of the log, as people and the journal of systemd read them, and as a question selects them.

import assert from 'node:assert/strict';
import {
  formatForJournald,
  formatRecord,
  isAskedFor,
  type LogRecord,
  parseRecord,
} from '../../../../controller/log/record.ts';

const record: LogRecord = {
  timestamp: '2026-01-31T12:00:00.000Z',
  director: 'lb0',
  level: 'warn',
  process: 'vrrp',
  subject: 'vip',
  message: 'backup -> master: the old one is gone',
};

describe('a record of the log', () => {
  it('is an aligned line', () =>
    assert.equal(
      formatRecord(record),
      '2026-01-31T12:00:00.000Z warn  lb0  vrrp     vip        backup -> master: the old one is gone',
    ));
  for (const [level, priority] of [
    ['error', 3],
    ['warn', 4],
    ['info', 6],
    ['debug', 7],
  ] as const)
    it(`has priority ${priority} in the journal of systemd for ${level}`, () =>
      assert.equal(
        formatForJournald({ ...record, level }),
        `<${priority}>vrrp     vip        backup -> master: the old one is gone`,
      ));
  it('is asked for by time, subject and process', () => {
    assert.ok(isAskedFor(record, {}));
    assert.ok(isAskedFor(record, { since: '2026-01-31T12:00:00.000Z', subject: 'vip', process: 'vrrp' }));
    assert.ok(!isAskedFor(record, { since: '2026-01-31T12:00:00.001Z' }));
    assert.ok(!isAskedFor(record, { subject: 'other' }));
    assert.ok(!isAskedFor(record, { process: 'ipvs' }));
  });
  for (const line of ['', '{"timestamp":"2026', '[]', 'null', '{"message":"no time"}'])
    it(`is not read from ${line || 'nothing'}`, () => assert.equal(parseRecord(line), undefined));
  it('is read from its own JSON', () => assert.deepEqual(parseRecord(JSON.stringify(record)), record));
});
