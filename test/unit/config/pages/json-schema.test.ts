// The validator, the schema that editors read, and the reference page say the same of every key.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { load } from 'js-yaml';
import { z } from 'zod';
import { describeConfig, type SchemaNode, writeJsonSchema } from '../../../../config/pages/json-schema.ts';
import { describeSections } from '../../../../config/pages/reference.ts';
import { checkKinds } from '../../../../config/schema/check-kinds.ts';
import { directorSchema, knownKeys } from '../../../../config/schema/schema.ts';
import { tlsKeys } from '../../../../config/schema/tls-schema.ts';

const validate = new Ajv().compile(JSON.parse(writeJsonSchema()));
const isValid = (document: unknown): boolean => directorSchema.safeParse(document).success;
const everyKey = load(readFileSync('test/unit/config/every-key.yaml', 'utf8'));

type Place = readonly (string | number)[];

/** Every place within a document, its own first. */
const placesOf = (content: unknown, at: Place = []): Place[] => {
  const children = typeof content === 'object' && content !== null ? Object.entries(content) : [];
  const isList = Array.isArray(content);
  return [at, ...children.flatMap(([key, child]) => placesOf(child, [...at, isList ? Number(key) : key]))];
};

type Container = Record<string | number, unknown>;
const at = (document: unknown, place: Place): unknown =>
  place.reduce((content, step) => (content as Container)[step], document);

const isMapping = (content: unknown): content is Container =>
  typeof content === 'object' && content !== null && !Array.isArray(content);

/** The document with other content at a place, without it where that is undefined; without the lists beside it, to be quick. */
const changed = (place: Place, content: unknown): unknown => {
  const change = (old: unknown, [step, ...rest]: Place): unknown => {
    if (step === undefined) return content;
    const made = change((old as Container)[step], rest);
    if (Array.isArray(old)) return made === undefined ? [] : [made];
    const beside = Object.entries(old as Container)
      .filter(([key]) => key !== step)
      .map(([key, other]) => [key, Array.isArray(other) && other.some(isMapping) ? [] : other]);
    return { ...Object.fromEntries(beside), ...(made !== undefined && { [step]: made }) };
  };
  return change(everyKey, place);
};

// Which keys a check of another type has, and what a key asks of another, is the validator's alone to say.
const isBeyond = (place: Place): boolean =>
  /checks\.\d+\.(command|tls\.(verify|ca|certificate|key))/.test(place.join('.'));

/** A mapping that stands in several places is one. */
const shared = (key: string): string => key.replace(/^.*\.(track|tunnel|check)s?\./, '$1.');

/** The keys that a schema describes, each by its path. */
const described = describeConfig();
const describedKeys = (node: SchemaNode = described, path = ''): string[] => {
  const ref = node.$ref ?? node.allOf?.[0]?.$ref;
  const target = ref === undefined ? node : described.definitions[ref.split('/').at(-1) ?? ''];
  const items = target?.items === undefined ? [] : describedKeys(target.items, path);
  const kinds = (target?.anyOf ?? []).flatMap((kind) => describedKeys(kind, path));
  const keys = Object.entries(target?.properties ?? {}).flatMap(([key, child]) => {
    const inner = path === '' ? key : `${path}.${key}`;
    return [inner, ...describedKeys(child, inner)];
  });
  return [...new Set([...items, ...kinds, ...keys])];
};

describe('the schema of editors', () => {
  const valid = [
    'test/unit/config/every-key.yaml',
    ...['config/lb0', 'config/lb1', 'config/seed/lb0', 'config/seed/lb1'].map((name) => `${name}.yaml`),
    ...readdirSync('test/unit/import/shapes')
      .filter((name) => name.endsWith('.expected'))
      .map((name) => `test/unit/import/shapes/${name}`),
  ];
  for (const file of valid)
    it(`accepts ${file}`, () => {
      const document = load(readFileSync(file, 'utf8'));
      assert.ok(isValid(document), 'the validator refuses it');
      validate(document);
      assert.deepEqual(validate.errors ?? [], []);
    });

  it('has every key in the configuration that has every key', () => {
    const keyOf = (place: Place): string => shared(place.filter((step) => typeof step === 'string').join('.'));
    const written = new Set(placesOf(everyKey).map(keyOf));
    const missing = describedKeys()
      .map(shared)
      .filter((key) => !written.has(key));
    assert.deepEqual(missing, []);
  });

  // A wrong type, no such word, and a value of another kind: at every place of a whole configuration.
  const wrong = [null, true, 3.5, -1, 'no such word', [], {}, [{}]];
  for (const content of wrong)
    it(`judges ${JSON.stringify(content)} as the validator does, wherever it stands`, () => {
      for (const place of placesOf(everyKey)) {
        const document = changed(place, content);
        const [mine, theirs] = [validate(document), isValid(document)];
        assert.ok(mine === theirs || (mine && isBeyond(place)), `${place.join('.')}: ${mine}, ${theirs}`);
      }
    });

  it('judges what is missing as the validator does', () => {
    for (const place of placesOf(everyKey).slice(1)) {
      const document = changed(place, undefined);
      const [mine, theirs] = [validate(document), isValid(document)];
      assert.ok(mine === theirs || (mine && isBeyond(place)), `${place.join('.')}: ${mine}, ${theirs}`);
    }
  });

  it('refuses a key that nobody knows, as the validator does', () => {
    for (const place of placesOf(everyKey)) {
      const content = at(everyKey, place);
      if (!isMapping(content)) continue;
      const document = changed(place, { ...content, telemetry: 'x' });
      const isFree = ['headers', 'environment'].includes(String(place.at(-1)));
      assert.deepEqual([validate(document), isValid(document)], [isFree, isFree], place.join('.'));
    }
  });
});

describe('the keys of the configuration', () => {
  const groups: [path: string, keys: Readonly<Record<string, z.ZodType>>][] = [
    ...knownKeys,
    ...Object.entries(checkKinds).map(([type, { keys }]): [string, Readonly<Record<string, z.ZodType>>] => [
      `check of type ${type}`,
      keys,
    ]),
    ['tls', tlsKeys],
  ];
  for (const [path, keys] of groups)
    it(`are described with an example and a default that pass: ${path || 'the file itself'}`, () => {
      for (const [key, schema] of Object.entries(keys)) {
        const meta = z.globalRegistry.get(schema);
        assert.match(meta?.description ?? '', /^.{5,}[^.]\.$/s, `${path}.${key} needs .describe('What it is.')`);
        if (meta?.example !== undefined) assert.ok(schema.safeParse(meta.example).success, `the example of ${key}`);
        if (schema.safeParse(undefined).success) continue;
        assert.ok(!['default', 'prefault'].includes(schema.type), `the default of ${key}`);
      }
    });

  it('have a unit or words, bounds, a default and an example where they apply', () => {
    for (const { path, keys } of describeSections())
      for (const entry of keys) {
        const isNested = /^(mapping|list)$/.test(entry.unit);
        assert.ok(isNested || entry.example !== '', `${path}.${entry.key} needs .meta({ example })`);
      }
  });

  it('that a mistake may be meant for are those of the schema', () => {
    const keys = describedKeys();
    const known = [...knownKeys].flatMap(([path, inner]) =>
      Object.keys(inner).map((key) => (path === '' ? key : `${path}.${key}`)),
    );
    // Those of a check depend on its type.
    const isOfCheck = (key: string): boolean => /\.checks?\.\w+$/.test(key) && !/\.(tls|flap_damping)\.\w+$/.test(key);
    assert.deepEqual(
      keys.filter((key) => !isOfCheck(key) && !known.includes(key)),
      [],
    );
    assert.deepEqual(
      known.filter((key) => !keys.includes(key)),
      [],
    );
  });
});
