// Each link of a page leads to a file that is there, and to a heading that it has.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { dropReasons } from '../../../vrrp/protocol/drop-reason.ts';
import { anchorsOf, pageNames, proseOf } from './markdown.ts';

type Link = { readonly text: string; readonly path: string; readonly anchor: string };

const linksOf = (page: string): Link[] =>
  [...proseOf(page).matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [path = '', anchor = ''] = target.split('#');
    return [{ text: target, path: path === '' ? page : normalize(join(dirname(page), path)), anchor }];
  });

describe('the pages', () => {
  for (const page of pageNames)
    it(`${page} links to what is there`, () => {
      for (const { text, path, anchor } of linksOf(page)) {
        assert.ok(existsSync(path), text);
        if (anchor !== '') assert.ok(anchorsOf(path).includes(anchor), text);
      }
    });

  it('of docs/ are all listed in its README', () => {
    const listed = new Set(linksOf('docs/README.md').map(({ path }) => path));
    const others = pageNames.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');
    assert.deepEqual(
      others.filter((page) => !listed.has(page)),
      [],
    );
  });

  it('show every picture, and each is one that stands by itself', () => {
    const shown = new Set(pageNames.flatMap(linksOf).map(({ path }) => path));
    for (const name of readdirSync('docs/pictures')) {
      assert.ok(shown.has(`docs/pictures/${name}`), name);
      // What a browser showed of the page is a photograph, kept small.
      if (name.endsWith('.png')) {
        assert.ok(statSync(`docs/pictures/${name}`).size < 200_000, `${name} is large`);
        continue;
      }
      const text = readFileSync(`docs/pictures/${name}`, 'utf8');
      assert.match(text, /<title>.{10,}<\/title>/);
      assert.match(text, /prefers-color-scheme:dark/, `${name} is for light pages alone`);
      assert.doesNotMatch(text, /(href|src)=/, `${name} needs another file`);
    }
  });

  it('explain every reason to drop an advertisement', () => {
    const page = proseOf('docs/troubleshooting.md');
    assert.deepEqual(
      dropReasons.filter((reason) => !page.includes(`\`${reason}\``)),
      [],
    );
  });
});
