// What suites need before they run.

import { deepEqual } from 'node:assert/strict';
import { prepareInTurns } from '../../../test/runner/preparation.ts';

describe('what suites need', () => {
  it('is prepared once for all of them, one after the other, in the order of the suites', async () => {
    const did: string[] = [];
    const prepare = prepareInTurns(async (step) => {
      did.push(`${step} begins`);
      await Promise.resolve();
      did.push(`${step} ends`);
      return true;
    });
    deepEqual(await Promise.all([prepare([]), prepare(['pack']), prepare(['pack', 'download'])]), [true, true, true]);
    deepEqual(did, ['pack begins', 'pack ends', 'download begins', 'download ends']);
  });

  it('fails for those that need what failed, and for no others', async () => {
    const prepare = prepareInTurns(async (step) => step !== 'pack');
    deepEqual(await Promise.all([prepare(['pack', 'download']), prepare(['download'])]), [false, true]);
  });
});
