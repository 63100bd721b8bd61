// Joins a file with the files that it includes: mappings are merged, lists put together, and every value keeps its place.

import { basename, dirname, resolve } from 'node:path';
import { YAMLException } from 'js-yaml';
import { type Path, type Position, parseSource, positionOf, type Source } from './position.ts';

export type Files = {
  /** The text of a file; undefined when it cannot be read. */
  readonly read: (path: string) => string | undefined;
  /** The files that a pattern names, sorted; a relative one starts at the directory. */
  readonly match: (pattern: string, directory: string) => readonly string[];
};

/** A place in one of the files. */
export type FilePlace = Position & { readonly file: string };

export type Complaint = { readonly at: FilePlace; readonly message: string; readonly suggestion?: string | undefined };

export type Joined = {
  /** Undefined where a file could not be parsed. */
  readonly document: { readonly value: unknown } | undefined;
  readonly complaints: readonly Complaint[];
  readonly valueAt: (path: Path) => FilePlace;
  readonly keyAt: (path: Path) => FilePlace;
  /** A line of one of the files. */
  readonly lineAt: (place: FilePlace) => string | undefined;
};

type Part = { readonly file: string; readonly text: string; readonly source: Source };

/** A value and where it stands: a path in one of the files. */
type Placed = {
  readonly value: unknown;
  readonly part: Part;
  readonly path: Path;
  readonly children: ReadonlyMap<string, Placed>;
};

const start: Position = { line: 1, column: 1 };

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const place = (value: unknown, part: Part, path: Path): Placed => {
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : isMapping(value)
      ? Object.entries(value)
      : [];
  const children = entries.map(([key, child]) => [String(key), place(child, part, [...path, key])] as const);
  return { value, part, path, children: new Map(children) };
};

const plain = ({ value, children }: Placed): unknown => {
  if (Array.isArray(value)) return [...children.values()].map(plain);
  if (!isMapping(value)) return value;
  return Object.fromEntries([...children].map(([key, child]) => [key, plain(child)]));
};

const valuePlace = ({ part, path }: Placed, rest: Path = []): FilePlace => ({
  file: part.file,
  ...part.source.valueAt([...path, ...rest]),
});

const keyPlace = ({ part, path }: Placed, rest: Path = []): FilePlace => ({
  file: part.file,
  ...part.source.keyAt([...path, ...rest]),
});

const writePlace = ({ file, line, column }: FilePlace): string => `${file}:${line}:${column}`;

/** Joins two values; what cannot be joined stays as the first has it, and is complained of. */
const join = (first: Placed, second: Placed, complaints: Complaint[]): Placed => {
  if (Array.isArray(first.value) && Array.isArray(second.value)) {
    const items = [...first.children.values(), ...second.children.values()];
    return { ...first, children: new Map(items.map((item, index) => [String(index), item])) };
  }
  if (isMapping(first.value) && isMapping(second.value)) {
    const children = new Map(first.children);
    for (const [key, child] of second.children) {
      const former = children.get(key);
      children.set(key, former === undefined ? child : join(former, child, complaints));
    }
    return { ...first, children };
  }
  const message = `"${second.path.join('.')}" is given already: see ${writePlace(keyPlace(first))}`;
  complaints.push({ at: keyPlace(second), message });
  return first;
};

const linesOf = (text: string): string[] => text.split(/\r\n|\n|\r/);

const explain = (error: unknown, text: string, file: string): Complaint => {
  if (!(error instanceof YAMLException)) throw error;
  const at = error.mark ? positionOf(text, error.mark.position) : start;
  return { at: { file, ...at }, message: error.reason };
};

const patternsOf = (include: unknown): string[] | undefined => {
  const patterns = typeof include === 'string' ? [include] : include;
  return Array.isArray(patterns) && patterns.every((pattern) => typeof pattern === 'string' && pattern !== '')
    ? patterns
    : undefined;
};

const isPattern = (text: string): boolean => /[*?[\]{}()!]/.test(text);

/** Joins a text with what its `include` names, and with what that includes. */
export const joinFiles = (text: string, file: string, files: Files): Joined => {
  const complaints: Complaint[] = [];
  const texts = new Map<string, string>();
  let isBroken = false;

  const read = (content: string, name: string, open: readonly string[]): Placed | undefined => {
    const bare = content.replace(/^\uFEFF/, '');
    texts.set(name, bare);
    let source: Source;
    try {
      source = parseSource(bare);
    } catch (error) {
      complaints.push(explain(error, bare, name));
      return undefined;
    }
    const { documents } = source;
    if (documents.length !== 1) {
      const message = documents.length === 0 ? 'the file is empty' : 'expected one document, but there are more';
      complaints.push({ at: { file: name, ...start }, message });
      return undefined;
    }
    for (const { key, at, first } of source.repeated) {
      const message = `key "${key}" is repeated: see ${writePlace({ file: name, ...first })}`;
      complaints.push({ at: { file: name, ...at }, message });
    }
    return include(place(documents[0], { file: name, text: bare, source }, []), open);
  };

  const include = (root: Placed, open: readonly string[]): Placed => {
    const list = root.children.get('include');
    const patterns = list && patternsOf(list.value);
    // One of a wrong shape is the schema's to refuse.
    if (list === undefined || patterns === undefined) return root;
    let joined = root;
    const directory = dirname(resolve(root.part.file));
    for (const [index, pattern] of patterns.entries()) {
      const at = valuePlace(list.children.get(String(index)) ?? list);
      const complain = (message: string): void => void complaints.push({ at, message });
      const paths = files.match(pattern, directory);
      if (paths.length === 0 && !isPattern(pattern)) complain(`no file is called "${pattern}"`);
      for (const path of paths) {
        const name = nameOf(path, root.part.file, directory);
        const content = files.read(path);
        if (open.includes(path)) complain(`"${basename(path)}" includes itself`);
        else if (content === undefined) complain(`"${name}" cannot be read`);
        else {
          const part = read(content, name, [...open, path]);
          if (part === undefined) isBroken = true;
          else if (isMapping(part.value)) joined = join(joined, dropInclude(part), complaints);
          else complaints.push({ at: valuePlace(part), message: 'expected a mapping' });
        }
      }
    }
    return joined;
  };

  const root = read(text, file, [resolve(file)]);
  const find = (path: Path): { readonly placed: Placed; readonly rest: Path } | undefined => {
    let placed = root;
    for (const [index, step] of path.entries()) {
      const child: Placed | undefined = placed?.children.get(String(step));
      if (child === undefined) return placed && { placed, rest: path.slice(index) };
      placed = child;
    }
    return placed && { placed, rest: [] };
  };
  const locate = (path: Path, at: typeof valuePlace): FilePlace => {
    const found = find(path);
    return found === undefined ? { file, ...start } : at(found.placed, found.rest);
  };
  return {
    document: root === undefined || isBroken ? undefined : { value: plain(dropInclude(root)) },
    complaints,
    valueAt: (path) => locate(path, valuePlace),
    keyAt: (path) => locate(path, keyPlace),
    lineAt: (at) => linesOf(texts.get(at.file) ?? '')[at.line - 1],
  };
};

/** What was included is in its place by now. */
const dropInclude = (root: Placed): Placed => {
  const list = root.children.get('include');
  if (list === undefined || patternsOf(list.value) === undefined) return root;
  return { ...root, children: new Map([...root.children].filter(([key]) => key !== 'include')) };
};

/** How a file is called in messages: as the including file would call it. */
const nameOf = (path: string, from: string, directory: string): string =>
  path.startsWith(`${directory}/`)
    ? `${from.slice(0, from.length - basename(from).length)}${path.slice(directory.length + 1)}`
    : path;
