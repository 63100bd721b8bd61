// The allowed imports between rooms, from rooms.json: a room may import itself, and the folders and files of its line.
// A folder in a room has its own line if it may import less than its room. ARCHITECTURE.md's picture and the linter's rules are
// generated from it.

import { readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';

export type Rooms = Readonly<Record<string, readonly string[]>>;

export const readRooms = (): Rooms => JSON.parse(readFileSync('rooms.json', 'utf8'));

const isWithin = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

/** The folder whose line applies to a file: its own, or the nearest above with a line. */
export const lineOf = (rooms: Rooms, file: string): string | undefined => {
  for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) {
    if (rooms[folder] !== undefined) return folder;
  }
  return undefined;
};

/** Whether one file may import another, both relative to the project's root. */
export const mayImport = (rooms: Rooms, from: string, to: string): boolean => {
  const line = lineOf(rooms, from);
  return line !== undefined && [line, ...(rooms[line] ?? [])].some((place) => isWithin(to, place));
};

const isRoom = (folder: string): boolean => !folder.includes('/');
const asPattern = (place: string): string => (place.endsWith('.ts') ? place : `${place}/**`);

/**
 * The import patterns that the linter refuses in a folder, followed by exceptions. Folders of the same room are relative to the
 * folder.
 */
const patternsOf = (rooms: Rooms, folder: string): string[] => {
  const places = rooms[folder] ?? [];
  if (!isRoom(folder)) {
    const near = places.map((place) => `!${asPattern(relative(folder, place))}`);
    return ['../**', ...near];
  }
  const closed = Object.keys(rooms).filter((room) => isRoom(room) && room !== folder && !places.includes(room));
  const parts = places.filter((place) => !isRoom(place));
  return [`**/{${[...closed, 'test'].join(',')}}/**`, ...parts.map((place) => `!**/${asPattern(place)}`)];
};

const overrideOf = (rooms: Rooms, folder: string): unknown => ({
  includes: [`${folder}/**`],
  linter: {
    rules: {
      style: {
        noRestrictedImports: {
          level: 'error',
          options: {
            patterns: [
              {
                group: patternsOf(rooms, folder),
                message: `${folder}/ may import only: ${rooms[folder]?.join(', ') || 'nothing'} (rooms.json).`,
              },
            ],
          },
        },
      },
    },
  },
});

/** JSON in the formatter's style: a list of texts stays on one line if it fits 120 columns. */
const writeJson = (value: unknown, indent = '', before = 0): string => {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const flat = JSON.stringify(value).replaceAll('","', '", "');
    const isShort = value.every((item) => typeof item !== 'object') && indent.length + before + flat.length < 120;
    if (isShort) return flat;
    return `[\n${value.map((item) => `${deeper}${writeJson(item, deeper)}`).join(',\n')}\n${indent}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const lines = Object.entries(value).map(
    ([key, item]) => `${deeper}"${key}": ${writeJson(item, deeper, key.length + 4)}`,
  );
  return `{\n${lines.join(',\n')}\n${indent}}`;
};

/** The linter's configuration with a rule for each line. */
export const writeLinterRules = (): string => {
  const rooms = readRooms();
  const settings = JSON.parse(readFileSync('biome.json', 'utf8'));
  return `${writeJson({ ...settings, overrides: Object.keys(rooms).map((folder) => overrideOf(rooms, folder)) })}\n`;
};

/** A room's floor: above all rooms that it imports. */
const floorOf = (rooms: Rooms, room: string): number =>
  1 + Math.max(-1, ...(rooms[room] ?? []).map((place) => floorOf(rooms, place.split('/')[0] ?? '')));

/** The picture: a line per room, higher floors first. */
export const drawRooms = (rooms: Rooms): string => {
  const drawn = Object.keys(rooms).filter(isRoom);
  const widest = Math.max(...drawn.map((room) => room.length));
  return drawn
    .toSorted((left, right) => floorOf(rooms, right) - floorOf(rooms, left))
    .map((room) => `${room.padEnd(widest)} ──► ${rooms[room]?.join(', ') || 'nothing'}`)
    .join('\n');
};

const picture = /(?<=<!-- rooms\.json -->\n```\n)[\s\S]*?(?=\n```)/;

/** ARCHITECTURE.md with the current picture. */
export const writeArchitecture = (): string =>
  readFileSync('ARCHITECTURE.md', 'utf8').replace(picture, drawRooms(readRooms()));
