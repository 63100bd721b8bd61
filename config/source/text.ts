// From a text to a valid document, or to all its problems, each at its place.

import { isDeepStrictEqual } from 'node:util';
import { isExtension } from '../schema/director-keys.ts';
import type { Fault } from '../schema/kind.ts';
import { type Joined, joinFiles, noFiles } from './include.ts';
import { type Complaint, type FilePlace, type Placed, spotIn, writePlace } from './placed.ts';
import { mostProblems, type Problem } from './problem.ts';

/** The judgement of a document: valid, or its faults by path. */
export type Judged = { readonly ok: true } | { readonly ok: false; readonly faults: readonly Fault[] };

/** The first problems, in the order of their places, and the number of further ones. */
export type Refused = { readonly ok: false; readonly problems: Problem[]; readonly more: number };

const order =
  (file: string) =>
  ({ at: a }: Complaint, { at: b }: Complaint): number => {
    if (a.file === b.file) return a.line - b.line || a.column - b.column;
    // Problems of the file itself come before those of included files.
    if (a.file === file || b.file === file) return a.file === file ? -1 : 1;
    return a.file < b.file ? -1 : 1;
  };

/** Longest value in a message: a value may be as long as a file. */
const longest = 400;

const cut = (message: string): string => (message.length > longest ? `${message.slice(0, longest)}…` : message);

/**
 * Gives each fault its place. A fault below an alias or a merge is reported once: where it is written if it is wrong there too
 * or only holds anchors there, else where it is used.
 */
const placeFaults = (faults: readonly Fault[], root: Placed): Complaint[] => {
  const placed = faults.map(({ kind, path, message, other, suggestion }) => {
    const { value, key, usedAt, below } = spotIn(root, path);
    const clash = other === undefined ? undefined : spotIn(root, other);
    const isOfOneUse = clash === undefined || isDeepStrictEqual(clash.usedAt, usedAt);
    const isAnchored = below !== undefined && isExtension(below) && isOfOneUse;
    const place = (isAnchored ? undefined : clash?.usedAt) ?? clash?.value;
    return {
      at: kind === 'unknown' ? key : value,
      usedAt: isAnchored ? undefined : usedAt,
      message: place === undefined ? message : `${message}: see ${writePlace(place)}`,
      suggestion,
    };
  });
  const nameOf = (at: FilePlace, message: string): string => `${writePlace(at)}: ${message}`;
  const written = new Set(
    placed.filter(({ usedAt }) => usedAt === undefined).map(({ at, message }) => nameOf(at, message)),
  );
  const reported = new Set<string>();
  return placed.flatMap(({ at: there, usedAt, message, suggestion }): Complaint[] => {
    const at = usedAt === undefined || written.has(nameOf(there, message)) ? there : usedAt;
    const name = nameOf(at, message);
    if (reported.has(name)) return [];
    reported.add(name);
    return [{ at, message, suggestion }];
  });
};

/**
 * The judged document if it is valid and the text has no other problem; otherwise all problems.
 * @param judged undefined where the text has no document.
 */
export const resultOf = <J extends Judged>(
  joined: Joined,
  judged: J | undefined,
  file: string,
): Extract<J, { readonly ok: true }> | Refused => {
  const { document, complaints, lines } = joined;
  if (complaints.length === 0 && judged?.ok === true) return judged as Extract<J, { readonly ok: true }>;
  const faults =
    document === undefined || judged === undefined || judged.ok ? [] : placeFaults(judged.faults, document.root);
  const all = [...complaints, ...faults];
  const problems = all
    .sort(order(file))
    .slice(0, mostProblems)
    .map(({ at, message, suggestion }): Problem => {
      const excerpt = lines.get(at.file)?.lineAt(at.line);
      return {
        ...at,
        message: cut(message),
        ...(suggestion === undefined ? {} : { suggestion }),
        ...(excerpt === undefined || excerpt === '' ? {} : { excerpt }),
      };
    });
  return { ok: false, problems, more: all.length - problems.length };
};

/**
 * Reads a text that includes no files, as one document.
 * @param file name of the text in problems.
 * @param judge reads the document.
 */
export const readText = <J extends Judged>(
  text: string,
  file: string,
  judge: (document: unknown) => J,
): Extract<J, { readonly ok: true }> | Refused => {
  const joined = joinFiles(text, file, noFiles);
  return resultOf(joined, joined.document && judge(joined.document.value), file);
};
