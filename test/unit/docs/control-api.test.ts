// The description of the control socket is OpenAPI, as another's validator reads it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { load } from 'js-yaml';

type Document = { readonly paths: Record<string, unknown> };
const document = (): Document => load(readFileSync('docs/control-api.yaml', 'utf8')) as Document;

/** Words of keys that only a comma in an unquoted text makes. */
const keysOf = (value: unknown): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, child]) => [...(Array.isArray(value) ? [] : [key]), ...keysOf(child)])
    : [];

describe('control-api.yaml', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(document());
    assert.deepEqual([valid, errors], [true, undefined]);
    assert.equal(validator.version, '3.1');
  });
  it('has no key that is half of a text', () =>
    assert.deepEqual(
      keysOf(document()).filter((key) => key.includes(' ')),
      [],
    ));
  it('would not be valid with an unknown key', async () => {
    const broken = document();
    broken.paths['/v1/reload'] = { post: { responses: {}, 'a server': {} } };
    assert.equal((await new Validator().validate(broken)).valid, false);
  });
});
