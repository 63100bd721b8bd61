// Who is admitted to metrics, and that guessing costs the director little.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { openAuthentication } from '../../../../controller/control/web-authentication.ts';

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('authentication', () => {
  const users = { prometheus: bcrypt.hashSync('a:b', 4) };
  it('admits everybody where nobody is named', async () =>
    assert.equal(await openAuthentication({ basicAuthUsers: {} })(undefined), 'admitted'));
  for (const [header, admission] of [
    [basic('prometheus:a:b'), 'admitted'],
    [basic('prometheus:a'), 'refused'],
    [basic('Prometheus:a:b'), 'refused'],
    [basic('constructor:a:b'), 'refused'],
    [basic('prometheus'), 'refused'],
    ['Bearer x', 'refused'],
    ['', 'refused'],
    [undefined, 'refused'],
  ] as const)
    it(`${admission}: ${header}`, async () =>
      assert.equal(await openAuthentication({ basicAuthUsers: users })(header), admission));

  it('compares one password at a time, and none that was right before', async () => {
    const judge = openAuthentication({ basicAuthUsers: users });
    assert.equal(await judge(basic('prometheus:a:b')), 'admitted');
    const guesses = await Promise.all(['x', 'y'].map((guess) => judge(basic(`prometheus:${guess}`))));
    assert.deepEqual(guesses.toSorted(), ['busy', 'refused']);
    const guess = judge(basic('prometheus:z'));
    assert.equal(await judge(basic('prometheus:a:b')), 'admitted');
    assert.equal(await guess, 'refused');
  });

  it('reads the token anew each time, and admits nobody without it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'regent-token-'));
    const bearerTokenFile = join(folder, 'token');
    const faults: (string | undefined)[] = [];
    const judge = openAuthentication({ basicAuthUsers: {}, bearerTokenFile }, (why) => faults.push(why));
    assert.equal(await judge('Bearer one'), 'refused');
    writeFileSync(bearerTokenFile, 'one\n');
    assert.equal(await judge('Bearer one'), 'admitted');
    writeFileSync(bearerTokenFile, 'two\n');
    assert.equal(await judge('Bearer one'), 'refused');
    assert.equal(await judge('bearer two'), 'admitted');
    writeFileSync(bearerTokenFile, '\n');
    assert.equal(await judge('Bearer '), 'refused');
    assert.equal(await judge('Bearer two'), 'refused');
    assert.deepEqual(
      faults.map((why) => why?.replace(/.*(ENOENT|is empty).*/, '$1')),
      ['ENOENT', undefined, 'is empty'],
    );
    rmSync(folder, { recursive: true });
  });
});
