// Key files: what is read, and in which words the rest is refused.

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseKeys, readKeyFile } from '../../../../vrrp/protocol/key-file.ts';

const secret = 'correct-horse-battery-staple-0123';
const digits = '00112233445566778899aabbccddeeff'.repeat(2);

describe('a key file', () => {
  it('has one key a line, the first of which signs', () =>
    assert.deepEqual(parseKeys(`# rotated in May\n7 ${secret}\n\n 12  hex:${digits} \r\n`), {
      ok: true,
      keys: [
        { id: 7, secret: Buffer.from(secret) },
        { id: 12, secret: Buffer.from(digits, 'hex') },
      ],
    }));

  const rows = [
    ['nothing', '# none\n', 'there is no key in it'],
    ['a secret without id', secret, 'line 1: expected an id from 1 to 255 and a secret'],
    ['id 0', `0 ${secret}`, 'line 1: expected an id from 1 to 255 and a secret'],
    ['id 256', `\n256 ${secret}`, 'line 2: expected an id from 1 to 255 and a secret'],
    ['a short secret', '1 secret', 'line 1: the secret has 6 bytes, not 32 to 64'],
    ['a long secret', `1 hex:${'00'.repeat(65)}`, 'line 1: the secret has 65 bytes, not 32 to 64'],
    ['half a byte', `1 hex:${digits}0`, 'line 1: the secret after "hex:" is not a hexadecimal number'],
    ['one id twice', `1 ${secret}\n1 ${secret}x`, 'line 2: key 1 is given twice'],
  ] as const;
  for (const [name, text, why] of rows)
    it(`is refused with ${name}`, () => assert.deepEqual(parseKeys(text), { ok: false, why }));

  it('is never told in a refusal', () => {
    const words = fc.stringMatching(/^[!-~]{12,20}$/);
    fc.assert(
      fc.property(words, (word) => {
        const parsed = parseKeys(`1 ${word}`);
        assert.ok(!parsed.ok && !parsed.why.includes(word));
      }),
    );
  });

  describe('on disk', () => {
    const directory = mkdtempSync(join(tmpdir(), 'regent-keys-'));
    const path = join(directory, 'keys');
    before(() => writeFileSync(path, `1 ${secret}\n`));
    after(() => rmSync(directory, { recursive: true }));
    for (const [mode, isRead] of [
      [0o600, true],
      [0o400, true],
      [0o640, false],
      [0o604, false],
    ] as const)
      it(`of mode ${mode.toString(8)} is ${isRead ? 'read' : 'refused'}`, () => {
        chmodSync(path, mode);
        const file = readKeyFile(path);
        assert.equal(file.ok, isRead);
        if (!file.ok)
          assert.equal(
            file.why,
            `cannot use the keys of ${path}: its mode is 0${mode.toString(8)}, so that others may touch it: chmod 600 it`,
          );
      });
    it('is missed in words', () => {
      const file = readKeyFile(join(directory, 'none'));
      assert.match(file.ok ? '' : file.why, /^cannot use the keys of \S+none: ENOENT/);
    });
  });
});
