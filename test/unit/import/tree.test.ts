// Blocks as keepalived reads them: by its keywords, wherever the braces stand.

import assert from 'node:assert/strict';
import { cutAtBrace, trimBlanks } from '../../../import/lines.ts';
import type { Line, Place, Statement } from '../../../import/statement.ts';
import { buildTree } from '../../../import/tree.ts';

const piecesOf = (text: string, place: Place): readonly Line[] => {
  if (text === '') return [];
  const [piece, rest] = cutAtBrace(text);
  return [{ text: piece, place }, ...piecesOf(rest, place)];
};

const treeOf = (text: string) =>
  buildTree(text.split('\n').flatMap((line, index) => piecesOf(trimBlanks(line), { file: 'f', line: index + 1 })));

/** `keyword words [block]`, which is enough to compare by. */
const spell = (statements: readonly Statement[]): string =>
  statements
    .map(
      ({ keyword, words, block }) => [keyword, ...words].join(' ') + (block === undefined ? '' : ` [${spell(block)}]`),
    )
    .join('; ');

describe('buildTree', () => {
  const rows: [name: string, text: string, tree: string][] = [
    [
      'a block',
      'vrrp_script x {\n rise 1\n fall 2\n}\nchild_wait_time 3',
      'vrrp_script x [rise 1; fall 2]; child_wait_time 3',
    ],
    ['a brace on a line of its own', 'vrrp_script x\n{\n rise 1\n}', 'vrrp_script x [rise 1]'],
    ['a brace without space', 'global_defs{\n router_id a\n}', 'global_defs [router_id a]'],
    [
      'a block on one line',
      'global_defs { router_id a } child_wait_time 3',
      'global_defs [router_id a]; child_wait_time 3',
    ],
    [
      'blocks within blocks',
      'vrrp_instance a {\n authentication {\n auth_pass c\n }\n priority 1\n}',
      'vrrp_instance a [authentication [auth_pass c]; priority 1]',
    ],
    [
      'braces that end on one line',
      'vrrp_instance a {\n unicast_peer { c } }\nglobal_defs {\n}',
      'vrrp_instance a [unicast_peer [c]]; global_defs []',
    ],
    [
      'services beside routers',
      'virtual_server a {\n real_server b {\n weight 1\n }\n}\nvrrp_instance c {\n}\nSSL {\n}',
      'virtual_server a [real_server b [weight 1]]; vrrp_instance c []; SSL []',
    ],
  ];
  for (const [name, text, tree] of rows) {
    it(`reads ${name}`, () => {
      const { statements, findings } = treeOf(text);
      assert.equal(spell(statements), tree);
      assert.deepEqual(findings, []);
    });
  }

  const complaints: [name: string, text: string, tree: string, line: number, message: RegExp][] = [
    ['a block that is never closed', 'global_defs {\n router_id b\n', 'global_defs [router_id b]', 1, /never closed/],
    ['values that are never closed', 'static_routes {\n b\n', 'static_routes [b]', 1, /never closed/],
    ['one brace too many', 'global_defs {\n}\n}', 'global_defs []', 3, /one too many/],
    ['a brace without keyword', '{\n}', '', 1, /opens no block/],
    ['a quote that is never closed', 'child_wait_time "b c', 'child_wait_time', 1, /quote/],
    [
      'a service whose brace is missing',
      'virtual_server a\n weight 1\n}\nglobal_defs {\n}',
      'virtual_server a [weight 1]; global_defs []',
      1,
      /"{" is missing/,
    ],
    [
      'values whose brace is missing',
      'vrrp_instance a {\n unicast_peer\n b\n c\n }\n priority 1\n}',
      'vrrp_instance a [unicast_peer [b; c]; priority 1]',
      2,
      /"{" is missing/,
    ],
    [
      'an unknown block in another, which ends it',
      'vrrp_instance a {\n riddle {\n priority 1\n }\n state b\n}',
      'vrrp_instance a [priority 1]; state b',
      2,
      /takes the end of its block/,
    ],
    [
      'an unknown block of the file',
      'riddle {\n vrrp_instance a {\n }\n}\nSSL {\n}',
      'vrrp_instance a []; SSL []',
      1,
      /as if there were none/,
    ],
  ];
  for (const [name, text, tree, line, message] of complaints) {
    it(`complains about ${name}`, () => {
      const { statements, findings } = treeOf(text);
      const [finding, ...others] = findings;
      assert.equal(finding?.place.line, line);
      assert.match(finding?.message ?? '', message);
      assert.deepEqual(others, []);
      assert.equal(spell(statements), tree);
    });
  }

  it('takes a block among values for values, up to the first "}"', () => {
    const { statements } = treeOf('vrrp_instance a {\n track_script { b { weight 3 } }\n priority 1\n}');
    assert.equal(spell(statements), 'vrrp_instance a [track_script [b; {; weight 3]]; priority 1');
  });

  it('keeps the quotes of what follows a keyword', () => {
    assert.equal(treeOf('child_wait_time "a b" root').statements[0]?.text, '"a b" root');
  });
});
