// What a release changes in texts.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { changelogOf, isLater, placeholdersIn, withVersion } from '../../../packaging/release-texts.ts';

describe('a release', () => {
  for (const [version, other, expected] of [
    ['0.2.0', '0.1.0', true],
    ['0.10.0', '0.9.9', true],
    ['1.0.0', '0.9.9', true],
    ['0.1.0', '0.1.0', false],
    ['0.1.9', '0.2.0', false],
    ['0.9.9', '1.0.0', false],
  ] as const)
    it(`${version} is ${expected ? '' : 'not '}later than ${other}`, () =>
      assert.equal(isLater(version, other), expected));

  it('puts what was unreleased under its version', () =>
    assert.equal(
      changelogOf(
        '# Changelog\n\n## Unreleased\n\n- News.\n\n## 0.1.0\n\n- Old.\n',
        '0.2.0',
        new Date('2026-11-29T12:00:00Z'),
      ),
      '# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-11-29)\n\n- News.\n\n## 0.1.0\n\n- Old.\n',
    ));
  it('is refused without news', () =>
    assert.equal(changelogOf('# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- Old.\n', '0.2.0', new Date(0)), undefined));

  it('names its packages in the documentation, and nothing else', () =>
    assert.equal(
      withVersion(
        'regent_0.1.0_amd64.deb regent-ha-0.1.0.tgz regent-node_24.22.3_amd64.deb 10.0.1.0',
        '0.1.0',
        '0.2.0',
      ),
      'regent_0.2.0_amd64.deb regent-ha-0.2.0.tgz regent-node_24.22.3_amd64.deb 10.0.1.0',
    ));

  it('finds what still stands for an address', () => {
    const manifest = '{ "homepage": "https://regent.example", "bugs": { "email": "regent@regent.example" } }';
    assert.deepEqual(
      placeholdersIn({ 'package.json': manifest, 'SECURITY.md': 'by mail to regent@regent.example, not' }),
      [
        'package.json: https://regent.example',
        'package.json: regent@regent.example',
        'SECURITY.md: regent@regent.example',
      ],
    );
    assert.deepEqual(placeholdersIn({ 'package.json': '{ "homepage": "https://regent.net/example" }' }), []);
  });

  it('has one mail address for reports', () => {
    const { bugs, author } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      readonly bugs: { readonly email: string };
      readonly author: string;
    };
    assert.ok(author.includes(`<${bugs.email}>`));
    assert.match(readFileSync('SECURITY.md', 'utf8'), new RegExp(`by mail to ${bugs.email.replaceAll('.', '\\.')}, `));
  });
});
