// Joins a file with the files that it includes, recursively.

import { basename, dirname, resolve } from 'node:path';
import { YAMLException } from 'js-yaml';
import { isExtension } from '../schema/director-keys.ts';
import { mostCharacters, Unreadable } from './aliases.ts';
import type { ItemLines } from './item-lines.ts';
import { indexLines, type Lines, type Position } from './lines.ts';
import {
  type Complaint,
  childrenOf,
  type FilePlace,
  isMapping,
  join,
  type Placed,
  plain,
  spotIn,
  spotOf,
  writePlace,
} from './placed.ts';
import { parseSource, type Source } from './position.ts';
import { mayNameSecrets, type ReadFile, type ReadSecret, withSecrets } from './secrets.ts';
import { findUnclosed } from './unclosed.ts';

export type Files = {
  readonly read: (path: string) => ReadFile;
  /** The files that match a pattern, sorted; a relative pattern starts at the directory. */
  readonly match: (pattern: string, directory: string) => readonly string[];
};

/** Files and environment: all that a configuration may take in. */
export type Surroundings = Files & {
  readonly environment: (name: string) => string | undefined;
};

/** For texts that include nothing. */
export const noFiles: Surroundings = {
  read: () => ({ why: 'no files are read' }),
  match: () => [],
  environment: () => undefined,
};

export type Joined = {
  /** Its value, and the same with all places; undefined if a file could not be parsed. */
  readonly document: { readonly value: unknown; readonly root: Placed } | undefined;
  readonly complaints: readonly Complaint[];
  /** Of the virtual services, if the text alone is the document, and they can be told apart by their lines. */
  readonly serviceLines?: ItemLines | undefined;
  /** The lines of each file, by its name. */
  readonly lines: ReadonlyMap<string, Lines>;
};

/** Where systemd lays the credentials of the unit, for commands outside of it. */
const unitCredentials = '/run/credentials/regent.service';

const secretsBeside =
  (file: string, { read, environment }: Surroundings): ReadSecret =>
  (kind, name) => {
    if (kind === 'file') return read(resolve(dirname(file), name));
    if (kind === 'credential')
      return read(resolve(environment('CREDENTIALS_DIRECTORY') ?? unitCredentials, basename(name)));
    const text = environment(name);
    return text === undefined ? { why: 'it is not set' } : { text };
  };

const byteOrderMark = '\uFEFF';

const start: Position = { line: 1, column: 1 };

/** Parser errors that an unclosed bracket or quote causes; other errors are reported as they are. */
const ofUnclosed = /^deficient indentation|^unexpected end of the stream/;

/** Why a text is not a document. @throws any error that is not the text's fault */
const explain = (error: unknown, text: string, lines: Lines, file: string): Complaint => {
  const placeOf = (offset: number): FilePlace => ({ file, ...lines.positionOf(offset) });
  if (error instanceof Unreadable) {
    const { message, offset, other } = error;
    return {
      at: placeOf(offset),
      message: other === undefined ? message : `${message}: see ${writePlace(placeOf(other))}`,
    };
  }
  if (!(error instanceof YAMLException)) throw error;
  const at = error.mark?.position;
  if (at === undefined) return { at: { file, ...start }, message: error.reason };
  const unclosed = findUnclosed(text, at);
  return unclosed !== undefined && (unclosed.isMismatched || ofUnclosed.test(error.reason))
    ? { at: placeOf(unclosed.offset), message: `this ${text[unclosed.offset]} is never closed` }
    : { at: placeOf(at), message: error.reason };
};

const patternsOf = (include: unknown): string[] | undefined => {
  const patterns = typeof include === 'string' ? [include] : include;
  return Array.isArray(patterns) && patterns.every((pattern) => typeof pattern === 'string' && pattern !== '')
    ? patterns
    : undefined;
};

const isPattern = (text: string): boolean => /[*?[\]{}()!]/.test(text);

/** Whether a key is an `include` that is resolved. A wrong shape is left to the schema. */
const isInclude = (key: string, { value }: Placed): boolean => key === 'include' && patternsOf(value) !== undefined;

/** Whether a key concerns its own file alone. */
const isOfFile = (key: string, child: Placed): boolean => isInclude(key, child) || isExtension(key);

const without = (root: Placed, isDropped: typeof isInclude): Placed => {
  const children = [...childrenOf(root)];
  const kept = children.filter(([key, child]) => !isDropped(key, child));
  return kept.length === children.length ? root : { ...root, joined: new Map(kept) };
};

/** Name of a file in messages: as the including file would write it. */
const nameOf = (path: string, from: string, directory: string): string =>
  path.startsWith(`${directory}/`)
    ? `${from.slice(0, from.length - basename(from).length)}${path.slice(directory.length + 1)}`
    : path;

/** Reads a text and the files that it includes; `open` are the files that include it. */
type ReadPart = (content: string, name: string, open: readonly string[]) => Placed | undefined;

/** Joins a text with the files of its `include`, recursively. */
export const joinFiles = (text: string, file: string, files: Surroundings): Joined => {
  const complaints: Complaint[] = [];
  const allLines = new Map<string, Lines>();
  /** By resolved path, the place of the first inclusion. */
  const included = new Map<string, FilePlace>();
  let characters = 0;
  let isBroken = false;
  let namesSecrets = false;

  const includeFile = (
    path: string,
    name: string,
    at: FilePlace,
    open: readonly string[],
    readPart: ReadPart,
  ): Placed | 'broken' | undefined => {
    const complain = (message: string): void => void complaints.push({ at, message });
    const before = included.get(path);
    if (open.includes(path)) return void complain(`"${basename(path)}" includes itself`);
    if (before !== undefined) return void complain(`"${name}" is included already: see ${writePlace(before)}`);
    included.set(path, at);
    const content = files.read(path);
    if ('why' in content) return void complain(`"${name}" cannot be read: ${content.why}`);
    characters += content.text.length;
    if (characters > mostCharacters) return void complain('the files together are larger than 64 MiB');
    const part = readPart(content.text, name, [...open, path]);
    if (part === undefined) return 'broken';
    if (isMapping(part.value)) return without(part, isOfFile);
    complaints.push({ at: spotOf(part).value, message: 'expected a mapping' });
    return undefined;
  };

  const include = (root: Placed, open: readonly string[], readPart: ReadPart): Placed => {
    const list = childrenOf(root).get('include');
    const patterns = list && patternsOf(list.value);
    // A wrong shape is left to the schema.
    if (list === undefined || patterns === undefined) return root;
    let joined = root;
    const directory = dirname(resolve(root.part.file));
    for (const [index, pattern] of patterns.entries()) {
      const at = spotOf(childrenOf(list).get(String(index)) ?? list).value;
      const complain = (message: string): void => void complaints.push({ at, message });
      const paths = files.match(pattern, directory);
      if (paths.length === 0 && !isPattern(pattern)) complain(`there is no file "${pattern}"`);
      for (const path of paths) {
        const name = nameOf(path, root.part.file, directory);
        const part = includeFile(path, name, at, open, readPart);
        if (part === 'broken') isBroken = true;
        else if (part !== undefined) joined = join(joined, part, complaints);
      }
    }
    return joined;
  };

  const read: ReadPart = (content, name, open) => {
    const bare = content.startsWith(byteOrderMark) ? content.slice(1) : content;
    const lines = indexLines(bare);
    namesSecrets ||= mayNameSecrets(bare);
    allLines.set(name, lines);
    let source: Source;
    try {
      source = parseSource(bare);
    } catch (error) {
      complaints.push(explain(error, bare, lines, name));
      return undefined;
    }
    const { documents } = source;
    if (documents.length !== 1) {
      const message = documents.length === 0 ? 'the file is empty' : 'expected one document, but there are several';
      complaints.push({ at: { file: name, ...start }, message });
      return undefined;
    }
    for (const { key, at, first } of source.repeated) {
      const message = `key "${key}" is repeated: see ${writePlace({ file: name, ...first })}`;
      complaints.push({ at: { file: name, ...at }, message });
    }
    return include({ value: documents[0], part: { file: name, source }, path: [] }, open, read);
  };

  const root = read(text, file, [resolve(file)]);
  const rest = { complaints, lines: allLines };
  if (root === undefined || isBroken) return { document: undefined, ...rest };
  const written = plain(without(root, isInclude));
  const isAlone = !childrenOf(root).has('include') && !text.startsWith(byteOrderMark);
  const serviceLines = isAlone ? root.part.source.serviceLines : undefined;
  if (!namesSecrets) return { document: { value: written, root }, serviceLines, ...rest };
  const { value, missing } = withSecrets(written, secretsBeside(file, files));
  for (const { path, message } of missing) complaints.push({ at: spotIn(root, path).value, message });
  return { document: { value, root }, ...rest };
};
