// Parses keepalived's dump of its configuration: sections with fields and lists. Pure.

/** A line of the dump with the lines indented below it. */
export type Item = {
  /** The text before the first `=` or `:`, or the whole line without these. */
  readonly key: string;
  readonly value: string;
  readonly text: string;
  readonly items: readonly Item[];
};

type Draft = Omit<Item, 'items'> & { readonly indent: number; readonly items: Draft[] };

const header = /^-+<\s*(.*?)\s*>-+$/;

const draftOf = (line: string): Draft => {
  // A password may end in a space.
  const text = line.trimStart();
  const title = header.exec(text.trimEnd())?.[1];
  const indent = line.length - line.trimStart().length;
  if (title !== undefined) return { key: title, value: '', text: title, indent, items: [] };
  const [, key = text, value = ''] = /^([^=:]*?)\s*[=:]\s*(.*)$/.exec(text) ?? [];
  return { key, value, text, indent, items: [] };
};

/** The depth of a line; lines after the head of a virtual server are below it although they are indented like it. */
const depthOf = (line: string, draft: Draft): number => draft.indent - (header.test(line.trim()) ? 0.5 : 0);

/** Reads the dump. */
export const readDump = (text: string): readonly Item[] => {
  const roots: Draft[] = [];
  const stack: { readonly depth: number; readonly draft: Draft }[] = [];
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    const draft = draftOf(line);
    const depth = depthOf(line, draft);
    while (stack.length > 0 && (stack.at(-1)?.depth ?? 0) >= depth) stack.pop();
    (stack.at(-1)?.draft.items ?? roots).push(draft);
    stack.push({ depth, draft });
  }
  return roots;
};

export const fieldOf = (item: Item, key: string): string | undefined =>
  item.items.find((each) => each.key === key)?.value;

/** The lines below a field. */
export const listOf = (item: Item, key: string | RegExp): readonly Item[] =>
  item.items.find((each) => (typeof key === 'string' ? each.key === key : key.test(each.key)))?.items ?? [];

/** All items of a name, however deep. */
export const findItems = (items: readonly Item[], key: string): readonly Item[] =>
  items.flatMap((item) => (item.key === key ? [item] : findItems(item.items, key)));
