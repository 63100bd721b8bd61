// The unit and the command of the packages: no program code is taken from where the user `regent` may write.

import { doesNotMatch, match } from 'node:assert/strict';
import { readFileSync } from 'node:fs';

describe('what starts an installed director', () => {
  for (const file of ['packaging/regent.service', 'packaging/debian/regent', 'packaging/container/Dockerfile'])
    it(`${file} has no compile cache of Node, which check scripts could write`, () =>
      doesNotMatch(readFileSync(file, 'utf8'), /COMPILE_CACHE|CacheDirectory/i));

  it('and docs/install.md says why', () =>
    match(readFileSync('docs/install.md', 'utf8'), /compile cache \(`NODE_COMPILE_CACHE`\) is not used/));
});
