// The rooms import what rooms.json lets them, and no more.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { drawRooms, lineOf, mayImport, type Rooms, readRooms } from '../../../docs/rooms.ts';

/** The folders of the project that hold no program of ours, beside hidden ones. */
const others = new Set(['node_modules', 'dist', 'test', 'packages', 'coverage']);
const isOther = (name: string): boolean => name.startsWith('.') || others.has(name);

const sources = (folder = '.'): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return folder === '.' && isOther(entry.name) ? [] : sources(path);
    return path.endsWith('.ts') ? [path] : [];
  });

const specifiers = /(?:\bfrom|\bimport|\bimport\() ?'(\.[^']+)'/g;

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(specifiers)].map(([, specifier = '']) => join(dirname(file), specifier));

describe('rooms', () => {
  const rooms = readRooms();
  const files = sources();

  it('import what rooms.json lets them, and no more', () => {
    const refused = files.flatMap((file) =>
      importsOf(file).flatMap((to) => (mayImport(rooms, file, to) ? [] : [`${file} imports ${to}`])),
    );
    assert.deepEqual(refused, []);
  });

  it('are given nothing by rooms.json that they do not import, but the bottom floor', () => {
    const arrows = files.flatMap((file) => importsOf(file).map((to) => `${lineOf(rooms, file)} ${to}`));
    const idle = Object.entries(rooms).flatMap(([room, places]) =>
      places
        .filter((place) => place !== 'base' && place !== 'net')
        .filter((place) => !arrows.some((arrow) => arrow.startsWith(`${room} ${place}`)))
        .map((place) => `${room} does not import ${place}`),
    );
    assert.deepEqual(idle, []);
  });

  const few: Rooms = { base: [], net: ['base'], house: ['net', 'shed/door.ts'], 'house/attic': ['base'], shed: [] };
  for (const [from, to, may] of [
    ['house/hall.ts', 'net/mac.ts', true],
    ['house/hall.ts', 'house/attic/box.ts', true],
    ['house/hall.ts', 'shed/door.ts', true],
    ['house/hall.ts', 'shed/rake.ts', false],
    ['house/hall.ts', 'base/units.ts', false],
    ['house/attic/box.ts', 'base/units.ts', true],
    ['house/attic/box.ts', 'house/hall.ts', false],
    ['house/attic/box.ts', 'net/mac.ts', false],
    ['house/cellar/wine.ts', 'net/mac.ts', true],
    ['net/mac.ts', 'network/hub.ts', false],
    ['house/hall.ts', 'unlisted/thing.ts', false],
    ['unlisted/thing.ts', 'base/units.ts', false],
  ] as const)
    it(`${from} ${may ? 'may' : 'may not'} import ${to}`, () => assert.equal(mayImport(few, from, to), may));

  it('are drawn with each above what it imports', () =>
    assert.equal(drawRooms(few), 'house ──► net, shed/door.ts\nnet   ──► base\nbase  ──► nothing\nshed  ──► nothing'));
});

describe("ARCHITECTURE.md's table", () => {
  const table = readFileSync('ARCHITECTURE.md', 'utf8')
    .split('\n')
    .flatMap((line) => /^\| (· )?`([\w/-]+)\/` +\|/.exec(line) ?? [])
    .join(' ');

  it('names every room, and the folders of the four large ones', () => {
    const large = /^(config|controller|kernel|vrrp)\//;
    const folders = [...new Set(sources().map((file) => dirname(file)))].filter(
      (folder) => folder !== '.' && (!folder.includes('/') || large.test(folder)),
    );
    assert.deepEqual(
      folders.filter((folder) => !table.includes(`\`${folder.split('/').at(-1)}/\``)),
      [],
    );
  });
});

describe("ARCHITECTURE.md's answers", () => {
  it('name files that exist', () => {
    const all = sources();
    const named = readFileSync('ARCHITECTURE.md', 'utf8').matchAll(/`([\w/-]+\.ts)`/g);
    const gone = [...named]
      .map(([, name = '']) => name)
      .filter((name) => !all.some((file) => `/${file}`.endsWith(`/${name}`)));
    assert.deepEqual(gone, []);
  });
});
