// The JSON Schema of a configuration file for editors and the reference, written from the declared keys.

import { director } from '../schema/director-keys.ts';
import type { AnyKind, Key, Keys, MappingOptions, Shape } from '../schema/kind.ts';

/** A node of the schema. `unit` and `bounds` are texts for people; the published schema omits them. */
export type SchemaNode = Omit<Shape, 'anyOf' | 'items'> & {
  readonly $ref?: string;
  readonly allOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
};

export type SchemaDocument = SchemaNode & { readonly definitions: Readonly<Record<string, SchemaNode>> };

type Definitions = Record<string, SchemaNode>;

/** Describes a kind within another. */
type Describe = (kind: AnyKind) => SchemaNode;

const describeKey = ({ kind, doc, presence, initial, unit, bounds, example }: Key, describe: Describe): SchemaNode => {
  const node = describe(kind);
  return {
    description: doc,
    ...(presence === 'default' && { default: initial }),
    // Draft 7 ignores what stands beside a reference.
    ...(node.$ref === undefined ? node : { allOf: [node] }),
    ...(unit !== undefined && { unit }),
    ...(bounds !== undefined && { bounds }),
    ...(example !== undefined && { examples: [example] }),
  };
};

const describeMapping = (keys: Keys, { oneOf, anyOf, ignored }: MappingOptions, describe: Describe): SchemaNode => {
  const entries = Object.entries(keys);
  const required = entries.filter(([, { presence }]) => presence === 'required').map(([name]) => name);
  return {
    type: 'object',
    ...(anyOf && { anyOf: anyOf.keys.map((name) => ({ required: [name] })) }),
    ...(oneOf && { oneOf: oneOf.keys.map((name) => ({ required: [name] })) }),
    properties: Object.fromEntries(entries.map(([name, key]) => [name, describeKey(key, describe)])),
    ...(ignored && { patternProperties: { [ignored.source]: {} } }),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
  };
};

const describeForm = (kind: AnyKind, describe: Describe): SchemaNode => {
  switch (kind.form) {
    case 'scalar':
      return kind.shape;
    case 'list':
      return { type: 'array', ...(kind.least > 0 && { minItems: kind.least }), items: describe(kind.items) };
    case 'either':
      return { anyOf: [describe(kind.scalar), describe(kind.mapping)] };
    case 'tagged':
      return { anyOf: Object.values(kind.variants).map(describe) };
    case 'mapping': {
      const whole = describeMapping(kind.keys, kind, describe);
      const short = kind.keys[kind.short ?? ''];
      return short === undefined ? whole : { anyOf: [describe(short.kind), whole] };
    }
  }
};

/** A kind with an id is described once, and referred to. */
const describeKind = (kind: AnyKind, into: Definitions): SchemaNode => {
  const id = 'id' in kind ? kind.id : undefined;
  const describe = (inner: AnyKind): SchemaNode => describeKind(inner, into);
  if (id === undefined) return describeForm(kind, describe);
  into[id] ??= describeForm(kind, describe);
  return { $ref: `#/definitions/${id}` };
};

/** The schema of a whole file, with the annotations for the reference. */
export const describeConfig = (): SchemaDocument => {
  const definitions: Definitions = {};
  const document = describeKind(director, definitions);
  return { definitions, ...document };
};

const annotations = new Set(['unit', 'bounds']);

/** The schema for editors, as text. */
export const writeJsonSchema = (): string => {
  const document = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'regent.yaml',
    description: 'Configuration of one director. What spans several keys is checked by `regent check` alone.',
    ...describeConfig(),
  };
  // A configuration key may have the name of an annotation: annotations are texts, the key's schema is a mapping.
  const drop = (key: string, content: unknown): unknown =>
    annotations.has(key) && typeof content === 'string' ? undefined : content;
  return `${JSON.stringify(document, drop, 2)}\n`;
};
