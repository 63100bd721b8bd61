// The validator, the schema that editors read, and the reference page say the same of every key.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { load } from 'js-yaml';
import { describeConfig, type SchemaNode, writeJsonSchema } from '../../../../config/pages/json-schema.ts';
import { describeSections } from '../../../../config/pages/reference.ts';
import { director } from '../../../../config/schema/director-keys.ts';
import { fieldOf, keyOf, readAs } from '../../../../config/schema/kind.ts';
import { knownKeys } from '../known-keys.ts';

const validate = new Ajv().compile(JSON.parse(writeJsonSchema()));
const isValid = (document: unknown): boolean => readAs(director, document).faults.length === 0;
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
        assert.equal(mine, theirs, place.join('.'));
      }
    });

  it('judges what is missing as the validator does', () => {
    for (const place of placesOf(everyKey).slice(1)) {
      const document = changed(place, undefined);
      const [mine, theirs] = [validate(document), isValid(document)];
      assert.equal(mine, theirs, place.join('.'));
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
  for (const [path, keys] of knownKeys)
    it(`are described with an example and a default that pass: ${path || 'the file itself'}`, () => {
      for (const [key, { kind, doc, presence, initial, example }] of Object.entries(keys)) {
        const faultsOf = (content: unknown) => readAs(kind, content).faults.map(({ message }) => message);
        assert.match(doc, /^.{5,}[^.]\.$/s, `${path}.${key} needs a sentence`);
        if (example !== undefined) assert.deepEqual(faultsOf(example), [], `the example of ${key}`);
        if (presence === 'default') assert.deepEqual(faultsOf(initial), [], `the default of ${key}`);
      }
    });

  it('have a name that is found again from its field in the program', () => {
    for (const keys of knownKeys.values()) for (const key of Object.keys(keys)) assert.equal(keyOf(fieldOf(key)), key);
  });

  it('have a unit or words, bounds, a default and an example where they apply', () => {
    for (const { path, keys } of describeSections())
      for (const entry of keys) {
        const isNested = /^(mapping|list)$/.test(entry.unit);
        assert.ok(isNested || entry.example !== '', `${path}.${entry.key} needs an example`);
      }
  });

  it('that a mistake may be meant for are those of the schema', () => {
    const known = [...knownKeys].flatMap(([path, inner]) =>
      Object.keys(inner).map((key) => (path === '' ? key : `${path}.${key}`)),
    );
    assert.deepEqual(known.toSorted(), describedKeys().toSorted());
  });
});
