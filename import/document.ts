// The configuration under construction: plain data, each value with the keyword that it comes from. Pure.

import type { Finding, Place, Statement } from './statement.ts';

export type Origin = { readonly keyword: string; readonly place: Place };

export type Value = string | number | boolean;

export type Entries = { readonly [key: string]: Node };

/** A value and its origin; if a `vital` one cannot be converted, its mapping is dropped too. */
export type Node = {
  readonly origin: Origin;
  readonly isVital?: boolean;
  readonly content: Value | readonly Node[] | Entries;
};

/** A part of the document, and what is to be said of it. */
export type Part = { readonly nodes: readonly Node[]; readonly findings: readonly Finding[] };

export type KeyPath = readonly (string | number)[];

export const isList = (content: Node['content']): content is readonly Node[] => Array.isArray(content);

export const isMapping = (content: Node['content']): content is Entries =>
  typeof content === 'object' && !Array.isArray(content);

export const scalar = (content: Value, origin: Origin): Node => ({ content, origin });

export const originOf = ({ keyword, place }: Statement): Origin => ({ keyword, place });

export const list = (content: readonly Node[], origin: Origin): Node => ({ content, origin });

/** A mapping of the entries that are present; an empty one is omitted. */
export const mapping = (entries: { readonly [key: string]: Node | undefined }, origin: Origin): Node => {
  const content = Object.entries(entries).filter((entry): entry is [string, Node] => entry[1] !== undefined);
  return { content: Object.fromEntries(content), origin };
};

export const vital = (node: Node): Node => ({ ...node, isVital: true });

/** The plain document. */
export const plain = ({ content }: Node): unknown => {
  if (isList(content)) return content.map(plain);
  if (isMapping(content)) return Object.fromEntries(Object.entries(content).map(([key, node]) => [key, plain(node)]));
  return content;
};

const childOf = ({ content }: Node, step: string | number): Node | undefined => {
  if (isList(content)) return typeof step === 'number' ? content[step] : undefined;
  return isMapping(content) ? content[step] : undefined;
};

/** The nodes along a path, from the root as far as they exist. */
export const nodesAlong = (root: Node, path: KeyPath): Node[] => {
  const nodes = [root];
  for (const step of path) {
    const child = childOf(nodes.at(-1) ?? root, step);
    if (child === undefined) break;
    nodes.push(child);
  }
  return nodes;
};

/** The document without the value at a path, which must exist. */
export const without = (node: Node, [step, ...rest]: KeyPath): Node => {
  const { content } = node;
  if (step === undefined) return node;
  const child = childOf(node, step);
  const kept = child === undefined || rest.length === 0 ? undefined : without(child, rest);
  if (isList(content)) {
    return { ...node, content: content.flatMap((item, index) => (index !== step ? [item] : kept ? [kept] : [])) };
  }
  if (!isMapping(content)) return node;
  const entries = Object.entries(content).flatMap(([key, value]) =>
    key !== step ? [[key, value] as const] : kept ? [[key, kept] as const] : [],
  );
  return { ...node, content: Object.fromEntries(entries) };
};

/** Puts a node at a dotted path below a mapping, and creates the mappings between. */
export const nest = (path: string, node: Node): { readonly [key: string]: Node } => {
  const [key = '', ...rest] = path.split('.');
  return rest.length === 0 ? { [key]: node } : { [key]: { content: nest(rest.join('.'), node), origin: node.origin } };
};

/** Joins entries; mappings of one name are joined too, and of two values the later one stays. */
export const join = (...parts: readonly { readonly [key: string]: Node | undefined }[]): Entries => {
  const joined: Record<string, Node> = {};
  for (const [key, node] of parts.flatMap((part) => Object.entries(part))) {
    if (node === undefined) continue;
    const former = joined[key];
    const isBoth = former !== undefined && isMapping(former.content) && isMapping(node.content);
    joined[key] = isBoth ? { ...former, content: join(former.content as Entries, node.content as Entries) } : node;
  }
  return joined;
};

/** The document with `check` instead of `checks` wherever there is only one. */
export const tidy = (node: Node): Node => {
  const { content } = node;
  if (isList(content)) return { ...node, content: content.map(tidy) };
  if (!isMapping(content)) return node;
  const entries = Object.entries(content).map(([key, value]): readonly [string, Node] => {
    const [only, ...others] = key === 'checks' && isList(value.content) ? value.content : [];
    return only !== undefined && others.length === 0 ? ['check', tidy(only)] : [key, tidy(value)];
  });
  return { ...node, content: Object.fromEntries(entries) };
};
