// A configuration that watches itself: saved in place, replaced, and behind a link.

import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { watchFile } from '../../../controller/config-file.ts';

describe('a watched configuration file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-watch-'));
  after(() => rmSync(folder, { recursive: true }));
  const real = join(folder, 'real', 'lb0.yaml');
  const link = join(folder, 'regent.yaml');
  mkdirSync(join(folder, 'real'));
  writeFileSync(real, 'old');
  symlinkSync(real, link);

  const save = () => writeFileSync(real, 'new');
  const replace = () => {
    writeFileSync(`${real}.new`, 'new');
    renameSync(`${real}.new`, real);
  };
  const cases = [
    { what: 'in place', path: real, change: save },
    { what: 'by another file', path: real, change: replace },
    { what: 'in place, behind a link', path: link, change: save },
    { what: 'by another file, behind a link', path: link, change: replace },
  ];
  for (const { what, path, change } of cases) {
    it(`is noticed when it is saved ${what}`, async () => {
      await new Promise<void>((resolve) => {
        const stop = watchFile(path, () => {
          stop();
          resolve();
        });
        change();
      });
    });
  }
});
