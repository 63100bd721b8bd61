// What is found in a file that is wrong in parts: what can be read keeps its place, and what cannot is undefined and told once.

import assert from 'node:assert/strict';
import { placesIn } from '../../../../config/rules/places.ts';
import { type AnyKind, optional, readAs, required, withDefault } from '../../../../config/schema/kind.ts';
import { either, list, mapping, tagged } from '../../../../config/schema/structure.ts';
import { choice, flag, name, whole } from '../../../../config/schema/values.ts';

const server = mapping({
  name: required(name(), 'Name in logs.'),
  weight: withDefault(whole(1, 9), 5, 'Its share.'),
  max_connections: optional(whole(0, 9), 'Limit of connections.'),
});
const short = mapping({ name: required(name(), 'Name in logs.') }, { short: 'name' });
const either1 = either(flag(), server);
const one = mapping(
  { file: optional(name(), 'A file.'), script: optional(name(), 'A script.') },
  { oneOf: { keys: ['file', 'script'], message: 'expected one' } },
);
const typed = tagged('typed', choice(['a', 'b']), 'a', {
  a: mapping({ type: withDefault(choice(['a']), 'a', 'The type.'), low: optional(whole(0, 1), 'Low.') }),
  b: mapping({ type: required(choice(['b']), 'The type.'), high: optional(whole(8, 9), 'High.') }),
});

const rows: [what: string, kind: AnyKind, written: unknown, found: unknown, ...told: string[]][] = [
  [
    'a whole mapping',
    server,
    { name: 'a', weight: 1, max_connections: 2 },
    { name: 'a', weight: 1, maxConnections: 2 },
  ],
  ['a default', server, { name: 'a' }, { name: 'a', weight: 5 }],
  ['what is missing', server, {}, { weight: 5 }, 'name: missing key "name"'],
  [
    'a wrong value',
    server,
    { name: 'a', weight: 0 },
    { name: 'a' },
    'weight: expected a whole number from 1 to 9, not 0',
  ],
  ['a misspelt key, once', server, { nmae: 'a' }, { weight: 5 }, 'nmae: unknown key "nmae"'],
  ['an unknown key', server, { name: 'a', x: 1 }, { name: 'a', weight: 5 }, 'x: unknown key "x"'],
  ['no mapping', server, [], undefined, ': expected a mapping'],
  [
    'entries by their index',
    list(whole(0, 9)),
    [1, 'b', 3],
    [1, undefined, 3],
    '1: expected a whole number from 0 to 9, not "b"',
  ],
  ['too few entries', list(whole(0, 9), 1), [], undefined, ': expected at least one entry'],
  ['no list', list(whole(0, 9)), {}, undefined, ': expected a list'],
  ['a short form', short, 'a', { name: 'a' }],
  ['a wrong short form', short, '!', {}, ': expected a name of letters, digits, ".", "_" and "-", not "!"'],
  ['the long form', short, { name: 'a' }, { name: 'a' }],
  ['a scalar in place of a mapping', either1, true, true],
  ['a mapping in place of a scalar', either1, { name: 'a' }, { name: 'a', weight: 5 }],
  ['one of two', one, { file: 'a' }, { file: 'a' }],
  ['both of two', one, { file: 'a', script: 'b' }, { file: 'a', script: 'b' }, ': expected one'],
  ['none of two', one, {}, {}, ': expected one'],
  ['a misspelt one of two', one, { flie: 'a' }, {}, 'flie: unknown key "flie"'],
  ['the usual type', typed, { low: 1 }, { type: 'a', low: 1 }],
  ['another type', typed, { type: 'b', high: 9 }, { type: 'b', high: 9 }],
  ['a key of another type', typed, { type: 'b', low: 1 }, { type: 'b' }, 'low: unknown key "low"'],
  ['an unknown type, alone', typed, { type: 'c', low: 7 }, undefined, 'type: expected one of a, b, not "c"'],
];

describe('reading by a declaration', () => {
  for (const [what, kind, written, expected, ...told] of rows)
    it(`finds ${what}`, () => {
      const { found, faults } = readAs(kind, written);
      assert.deepEqual(found, expected);
      assert.deepEqual(
        faults.map(({ path, message }) => `${path.join('.')}: ${message}`),
        told,
      );
    });

  it('knows where each value stands, and how it is written', () => {
    const { found = [], origins } = readAs(list(server), [{ name: 'a' }, { name: 'b', max_connections: 3 }]);
    const places = placesIn(origins);
    const [first = {}, second = {}] = found;
    assert.deepEqual(places.of(found, 1), [1]);
    assert.deepEqual(places.of(second, 'maxConnections'), [1, 'max_connections']);
    assert.deepEqual(places.of(first), [0]);
    assert.deepEqual([places.isGiven(first, 'weight'), places.isGiven(second, 'maxConnections')], [false, true]);
    assert.equal(places.written(second, 'maxConnections'), 3);
  });

  it('has the place of a short form for its only key', () => {
    const { found = [], origins } = readAs(list(short), ['a']);
    const places = placesIn(origins);
    const [first = {}] = found;
    assert.deepEqual([places.of(first, 'name'), places.written(first, 'name')], [[0], 'a']);
  });
});
