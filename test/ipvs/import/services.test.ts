// Services as keepalived understands them.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { differencesOf } from '../../netns/import/oracle.ts';
import { unlessShort } from '../../prove/extent.ts';

const corpus = 'test/unit/import/corpus';

/** What regent does otherwise, and says so. */
const known: Readonly<Record<string, RegExp>> = {
  '16-refused-values': /: hysteresis: keepalived 1, regent 0$/,
  // keepalived gives the hosts of a check no time at all.
  // Six millionths of a second are no interval.
  '31-services-oddly':
    /: ((interval|tries again after): keepalived (0\.006|10) ms, regent (6000|1000) ms|weight: keepalived 70000, regent 65535)$/,
  '19-smtp-hosts': /: timeout: keepalived 0 ms, regent 5000 ms$/,
};

const names = [
  ...['06-check-port', '07-all-failed', '10-regex', '13-small-kind', '16-refused-values', '19-smtp-hosts'],
  ...['20-mark-family', '26-only-what-is-needed', '31-services-oddly', '33-sync'],
];

describe('imported services beside keepalived', () => {
  for (const name of unlessShort(names, names.slice(0, 3))) {
    it(`mean what keepalived understands of ${name}`, () => {
      const lines = differencesOf(join(corpus, `${name}.conf`));
      assert.deepEqual(
        lines.filter((line) => !known[name]?.test(line)),
        [],
      );
    });
  }
});
