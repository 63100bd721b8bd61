// Every key of the configuration by mapping, with its meaning; read from the schema, for the documentation.

import { describeConfig, type SchemaDocument, type SchemaNode } from './json-schema.ts';

/** One key for people; a field that does not apply is empty. */
export type KeyEntry = {
  readonly key: string;
  readonly meaning: string;
  /** The unit, or the allowed words. */
  readonly unit: string;
  readonly bounds: string;
  /** `required` if there is none. */
  readonly default: string;
  readonly example: string;
  /** The path of the section about the mapping, or about each entry of the list. */
  readonly section?: string;
};

/** One mapping: its path, with `[]` if it is in a list, and its keys. */
export type Section = { readonly path: string; readonly meaning: string; readonly keys: readonly KeyEntry[] };

const isPlain = (content: unknown): boolean =>
  Array.isArray(content) ? content.length === 0 : Object.keys(content as object).length === 0;

/** A value on one line of YAML. */
const writeValue = (content: unknown): string => {
  if (Array.isArray(content)) return `[${content.map(writeValue).join(', ')}]`;
  if (typeof content === 'object' && content !== null) {
    return `{ ${Object.entries(content)
      .map(([key, value]) => `${key}: ${writeValue(value)}`)
      .join(', ')} }`;
  }
  if (typeof content !== 'string') return String(content);
  const isBare = /^[A-Za-z0-9/._-][\w./%-]*(:\d+)?$/.test(content) && Number.isNaN(Number(content));
  return isBare ? content : JSON.stringify(content);
};

/** The definition that a node refers to. */
const nameOf = (node: SchemaNode): string | undefined => (node.$ref ?? node.allOf?.[0]?.$ref)?.split('/').at(-1);

/** Follows references; annotations beside a reference come first. */
const resolve = (node: SchemaNode, document: SchemaDocument): SchemaNode => {
  const name = nameOf(node);
  return name === undefined ? node : { ...document.definitions[name], ...node };
};

/** The mapping of a node, possibly one of its alternatives beside a scalar. */
const mappingOf = (node: SchemaNode): SchemaNode | undefined =>
  node.properties !== undefined ? node : node.anyOf?.find(({ properties }) => properties !== undefined);

const isMapping = (node: SchemaNode): boolean => mappingOf(node) !== undefined;

const unitOf = (node: SchemaNode): string => {
  if (node.unit !== undefined) return node.unit;
  if (node.enum !== undefined) return node.enum.join(', ');
  if (node.type === 'boolean') return 'true, false';
  if (node.type === 'array') return 'list';
  return isMapping(node) || node.type === 'object' ? 'mapping' : '';
};

const boundsOf = (node: SchemaNode): string => {
  if (node.bounds !== undefined) return node.bounds;
  if (node.minimum !== undefined) return `${node.minimum} to ${node.maximum}`;
  return node.minItems === undefined ? '' : `at least ${node.minItems}`;
};

const exampleOf = ({ examples, enum: words, type, ...node }: SchemaNode): string => {
  const fallback = words?.find((word) => word !== node.default) ?? (type === 'boolean' ? node.default !== true : '');
  const example = examples?.[0] ?? (node.default === undefined || fallback !== '' ? fallback : node.default);
  return example === '' || (typeof example === 'object' && example !== null && isPlain(example))
    ? ''
    : writeValue(example);
};

/** The path of a key below another. */
const below = (path: string, key: string, isList: boolean): string =>
  `${path}${path === '' ? '' : '.'}${key}${isList ? '[]' : ''}`;

const entryOf = (
  path: string,
  key: string,
  written: SchemaNode,
  isRequired: boolean,
  document: SchemaDocument,
): KeyEntry => {
  const target = written.items ?? written;
  const section = nameOf(target) ?? (isMapping(target) ? below(path, key, written.items !== undefined) : undefined);
  const node = resolve(written, document);
  const items = node.items === undefined ? undefined : resolve(node.items, document);
  const isOfWords = items?.enum !== undefined;
  const initial = node.default;
  return {
    key,
    meaning: node.description ?? '',
    unit: isOfWords ? `list of ${items.enum.join(', ')}` : unitOf(node),
    bounds: boundsOf(node) || (items !== undefined && !isMapping(items) ? boundsOf(items) : ''),
    default: isRequired
      ? 'required'
      : initial === undefined || (typeof initial === 'object' && initial !== null && isPlain(initial))
        ? ''
        : writeValue(initial),
    example: exampleOf({ ...node, ...(isOfWords && { enum: items.enum.map((word) => [word]) }) }),
    ...(section !== undefined && { section }),
  };
};

const entriesOf = (
  path: string,
  node: SchemaNode,
  document: SchemaDocument,
  omitted: readonly string[] = [],
): KeyEntry[] =>
  Object.entries(mappingOf(node)?.properties ?? {})
    .filter(([key]) => !omitted.includes(key))
    .map(([key, child]) => entryOf(path, key, child, mappingOf(node)?.required?.includes(key) ?? false, document));

/** The mappings within one, each once, without those shared by several. */
const sectionsOf = (path: string, node: SchemaNode, document: SchemaDocument): Section[] => {
  const own = { path, meaning: node.description ?? '', keys: entriesOf(path, node, document) };
  const inner = Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const isList = child.items !== undefined;
    const target = child.items ?? child;
    if (nameOf(target) !== undefined || !isMapping(target)) return [];
    const meaning = child.description ?? '';
    return sectionsOf(below(path, key, isList), { ...target, description: meaning }, document);
  });
  return [own, ...inner];
};

const checkSections = (document: SchemaDocument): Section[] => {
  const kinds = document.definitions.check?.anyOf ?? [];
  const typeOf = (kind: SchemaNode): string => String(kind.properties?.type?.enum?.[0]);
  const keysOf = (kind: SchemaNode): string[] => Object.keys(kind.properties ?? {});
  const [first = {}] = kinds;
  const shared = keysOf(first).filter((key) => kinds.every((kind) => keysOf(kind).includes(key)));
  const own = keysOf(first).filter((key) => !shared.includes(key));
  const words = kinds.map(typeOf);
  const [type, ...others] = entriesOf('check', first, document, own);
  const damping = first.properties?.flap_damping;
  return [
    {
      path: 'check',
      meaning: 'The keys of every check, wherever check or checks stands.',
      keys: [...(type === undefined ? [] : [{ ...type, unit: words.join(', '), example: 'http' }]), ...others],
    },
    ...(damping === undefined
      ? []
      : [{ path: 'check.flap_damping', meaning: '', keys: entriesOf('check.flap_damping', damping, document) }]),
    ...kinds.map((kind) => ({
      path: `check of type ${typeOf(kind)}`,
      meaning: '',
      keys: entriesOf('check', kind, document, shared),
    })),
  ];
};

/** Mappings that occur in several places. */
const sharedSections = (document: SchemaDocument): Section[] =>
  Object.entries(document.definitions)
    .filter(([name]) => name !== 'check')
    .map(([name, node]) => ({
      path: name,
      meaning: `The keys of ${name}, wherever it stands.`,
      keys: entriesOf(name, node, document),
    }));

/** The reference, in the order of the schema. */
export const describeSections = (): Section[] => {
  const document = describeConfig();
  return [...sectionsOf('', document, document), ...sharedSections(document), ...checkSections(document)];
};
