// The JSON Schema of a configuration file for editors and the reference, made from the validator's own schema.

import { z } from 'zod';
import { checkKinds } from '../schema/check-kinds.ts';
import { directorSchema } from '../schema/schema.ts';

/** A node of the schema. `unit` and `bounds` are texts for people; the published schema omits them. */
export type SchemaNode = {
  readonly $ref?: string;
  readonly allOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly unit?: string;
  readonly bounds?: string;
};

export type SchemaDocument = SchemaNode & { readonly definitions: Readonly<Record<string, SchemaNode>> };

// Draft 7 is known to all editors.
const convert = (schema: z.ZodType): SchemaDocument => {
  const { $schema: _, ...document } = z.toJSONSchema(schema, {
    target: 'draft-07',
    // The file as written, before transformation.
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      // zod omits defaults and examples of transformed values, since it cannot know how they would be written.
      if (def.type === 'default') jsonSchema.default = def.defaultValue as typeof jsonSchema.default;
      if (jsonSchema.example !== undefined) jsonSchema.examples = [jsonSchema.example as string];
      delete jsonSchema.example;
    },
  });
  return { definitions: {}, ...(JSON.parse(JSON.stringify(document)) as SchemaNode) };
};

/** The schema of a whole file, with the annotations for the reference. */
export const describeConfig = (): SchemaDocument => {
  const document = convert(directorSchema);
  const kinds = Object.values(checkKinds).map(({ schema }) => convert(schema));
  return {
    ...document,
    definitions: {
      ...document.definitions,
      ...Object.assign({}, ...kinds.map(({ definitions }) => definitions)),
      check: { anyOf: kinds.map(({ definitions: _, ...kind }) => kind) },
    },
  };
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
