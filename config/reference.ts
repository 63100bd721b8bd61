// Every key of the configuration, mapping by mapping, with what it means; told from the schema, for the pages that people read.

import { describeConfig, type SchemaDocument, type SchemaNode } from './json-schema.ts';
import { writeTable } from './markdown.ts';

/** One key as people read it; what does not apply is empty. */
export type KeyEntry = {
  readonly key: string;
  readonly meaning: string;
  /** The unit, or the words that it may be. */
  readonly unit: string;
  readonly bounds: string;
  /** `required` where there is none. */
  readonly default: string;
  readonly example: string;
};

/** One mapping: its path, with `[]` where there may be several of it, and its keys. */
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

/** Follows references; what stands beside one comes first. */
const resolve = (node: SchemaNode, document: SchemaDocument): SchemaNode => {
  const ref = node.$ref ?? node.allOf?.[0]?.$ref;
  if (ref === undefined) return node;
  return { ...document.definitions[ref.split('/').at(-1) ?? ''], ...node };
};

/** The mapping that a node is, or may be beside a scalar. */
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

const entryOf = (key: string, written: SchemaNode, isRequired: boolean, document: SchemaDocument): KeyEntry => {
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
  };
};

const entriesOf = (node: SchemaNode, document: SchemaDocument, omitted: readonly string[] = []): KeyEntry[] =>
  Object.entries(mappingOf(node)?.properties ?? {})
    .filter(([key]) => !omitted.includes(key))
    .map(([key, child]) => entryOf(key, child, mappingOf(node)?.required?.includes(key) ?? false, document));

/** The mappings within one, each once: those that several share are told of apart. */
const sectionsOf = (path: string, node: SchemaNode, document: SchemaDocument): Section[] => {
  const own = { path, meaning: node.description ?? '', keys: entriesOf(node, document) };
  const inner = Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const isList = child.items !== undefined;
    const target = child.items ?? child;
    const isShared = target.$ref !== undefined || target.allOf !== undefined;
    if (isShared || !isMapping(target)) return [];
    const meaning = child.description ?? '';
    return sectionsOf(
      `${path}${path === '' ? '' : '.'}${key}${isList ? '[]' : ''}`,
      { ...target, description: meaning },
      document,
    );
  });
  return [own, ...inner];
};

const checkSections = (document: SchemaDocument): Section[] => {
  const kinds = document.definitions.check?.anyOf ?? [];
  const typeOf = (kind: SchemaNode): string => String(kind.properties?.type?.enum?.[0]);
  // A check of TCP has no key of its own.
  const common = kinds.find((kind) => typeOf(kind) === 'tcp') ?? {};
  const shared = Object.keys(common.properties ?? {});
  const words = kinds.map(typeOf);
  const [type, ...others] = entriesOf(common, document);
  const damping = common.properties?.flap_damping;
  return [
    {
      path: 'check',
      meaning: 'The keys of every check, wherever check or checks stands.',
      keys: [...(type === undefined ? [] : [{ ...type, unit: words.join(', '), example: 'http' }]), ...others],
    },
    ...(damping === undefined ? [] : [{ path: 'check.flap_damping', meaning: '', keys: entriesOf(damping, document) }]),
    ...kinds
      .filter((kind) => kind !== common)
      .map((kind) => ({
        path: `check of type ${typeOf(kind)}`,
        meaning: '',
        keys: entriesOf(kind, document, shared),
      })),
  ];
};

/** Mappings that stand in several places. */
const sharedSections = (document: SchemaDocument): Section[] =>
  Object.entries(document.definitions)
    .filter(([name]) => name !== 'check')
    .map(([name, node]) => ({
      path: name,
      meaning: `The keys of ${name}, wherever it stands.`,
      keys: entriesOf(node, document),
    }));

/** The reference, in the order of the schema. */
export const describeSections = (): Section[] => {
  const document = describeConfig();
  return [...sectionsOf('', document, document), ...sharedSections(document), ...checkSections(document)];
};

const code = (text: string): string => (text === '' ? '' : `\`${text}\``);

const writeSection = ({ path, meaning, keys }: Section): string => {
  const rows = keys.map((entry) => [
    code(entry.key),
    entry.meaning,
    entry.unit,
    entry.bounds,
    entry.default === 'required' ? 'required' : code(entry.default),
    code(entry.example),
  ]);
  const table = writeTable([['key', 'meaning', 'unit or words', 'bounds', 'default', 'example'], ...rows]);
  return `## ${path === '' ? 'the file itself' : path}\n${meaning === '' ? '' : `\n${meaning}\n`}\n${table}\n`;
};

/** The page docs/reference.md. */
export const writeReference = (): string =>
  [
    `# Reference

Every key of the configuration. This page and [regent.schema.json](regent.schema.json) are made from the validator's own
schema by \`npm run docs\`; \`regent check FILE\` judges what one key asks of another, too. An editor that speaks YAML (by
yaml-language-server: VS Code, Neovim, Emacs, Helix) completes keys and marks mistakes with this as the first line:

\`\`\`
# yaml-language-server: $schema=regent.schema.json
\`\`\`

\`regent schema > /etc/regent/regent.schema.json\` puts it beside the file; the packages have it in their folder docs/, too.

Durations are a number and a unit, as \`500ms\` or \`1.5s\`. Without a default a key may be left out unless it is required. A
path with \`[]\` is of each entry of a list.
`,
    ...describeSections().map(writeSection),
  ].join('\n');
