// Writes the document as YAML, with a comment above each entry about its origin. Pure.

import { COLLECTION_STYLE, dump, visit } from 'js-yaml';
import { harmlessText } from '../base/harmless-text.ts';
import { parseSource } from '../config/source/position.ts';
import { isList, isMapping, type KeyPath, type Node, plain } from './document.ts';

type Note = { readonly path: KeyPath; readonly text: string };

/** Notes for the entries of lists, each from one block. */
const notesOf = (node: Node, path: KeyPath): Note[] => {
  const { content } = node;
  if (isList(content)) {
    return content.flatMap((item, index) => {
      const { keyword, place } = item.origin;
      const isBlock = isMapping(item.content) && path.length <= 2;
      const own = isBlock ? [{ path: [...path, index], text: `${keyword} (${place.file}:${place.line})` }] : [];
      return [...own, ...notesOf(item, [...path, index])];
    });
  }
  return isMapping(content) ? Object.entries(content).flatMap(([key, child]) => notesOf(child, [...path, key])) : [];
};

/** Writes the YAML; `head` becomes a comment at the top. */
export const writeYaml = (document: Node, head: readonly string[]): string => {
  const text = dump(plain(document), {
    lineWidth: -1,
    flowBracketPadding: true,
    transform: (documents) =>
      visit(documents, (node) => {
        // A list of scalars is written on one line, and so is a track.
        const isShort =
          (node.kind === 'sequence' && node.items.every((item) => item.kind === 'scalar')) ||
          (node.kind === 'mapping' &&
            node.items.length <= 3 &&
            node.items.every(({ value }) => value.kind === 'scalar'));
        if (isShort) node.style = COLLECTION_STYLE.FLOW;
      }),
  });
  const source = parseSource(text);
  const lines = text.split('\n');
  for (const { path, text: note } of notesOf(document, []).reverse()) {
    const { line } = source.valueAt(path);
    const indent = /^ */.exec(lines[line - 1] ?? '')?.[0] ?? '';
    lines.splice(line - 1, 0, `${indent}# ${harmlessText(note, 500)}`);
  }
  return [...head.map((line) => `# ${harmlessText(line, 2000)}`.trimEnd()), ...lines].join('\n');
};
