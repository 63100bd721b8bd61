// Local faults: each reason once when it comes up, once when it is gone.

import assert from 'node:assert/strict';
import { openFaultLedger } from '../../../healthcheck/fault-ledger.ts';

describe('fault ledger', () => {
  it('tells a reason with its targets once, and again when all of them are clear', () => {
    const ledger = openFaultLedger();
    assert.deepEqual(ledger.takeChanges(), []);
    ledger.note('a', 'EMFILE');
    ledger.note('b', 'EMFILE');
    assert.deepEqual(ledger.takeChanges(), [{ why: 'EMFILE', targets: 2 }]);
    ledger.note('a', 'EMFILE');
    ledger.clear('b');
    assert.deepEqual(ledger.takeChanges(), []);
    ledger.clear('a');
    assert.deepEqual(ledger.takeChanges(), [{ why: 'EMFILE', targets: 0 }]);
    assert.deepEqual(ledger.takeChanges(), []);
  });

  it('keeps reasons apart', () => {
    const ledger = openFaultLedger();
    ledger.note('a', 'EMFILE');
    assert.equal(ledger.takeChanges().length, 1);
    ledger.note('a', 'ENOMEM');
    assert.deepEqual(ledger.takeChanges(), [
      { why: 'ENOMEM', targets: 1 },
      { why: 'EMFILE', targets: 0 },
    ]);
  });

  it('says nothing of what came and went between two calls', () => {
    const ledger = openFaultLedger();
    ledger.note('a', 'EMFILE');
    ledger.clear('a');
    assert.deepEqual(ledger.takeChanges(), []);
  });
});
