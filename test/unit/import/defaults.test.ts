// Every default of regent's has a row, and where keepalived means something else, the import writes that out.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { checkKinds } from '../../../config/schema/check-kinds.ts';
import { hostFiles } from '../../../config/source/files.ts';
import { importKeepalived } from '../../../import/import.ts';
import { knownKeys } from '../config/known-keys.ts';
import { defaults } from './keepalived-defaults.ts';

// Without anything in it, nothing is meant; what no keepalived.conf has is regent's own.
const isPlain = (value: unknown): boolean =>
  value !== undefined && JSON.stringify(value) !== '[]' && JSON.stringify(value) !== '{}';
const isOthers = (path: string): boolean => !/^(vrrp|virtual_services|connection_sync)\b/.test(path);
const isWithinChecks = (path: string): boolean => /\bchecks?\b/.test(path);

const commonKeys = Object.keys(checkKinds.tcp.keys);

const found = new Map<string, unknown>([
  ...[...knownKeys]
    .filter(([path]) => !isOthers(path) && !isWithinChecks(path))
    .flatMap(([path, keys]) =>
      Object.entries(keys).map(([key, { initial }]): [string, unknown] => [`${path}.${key}`, initial]),
    ),
  ...Object.entries(checkKinds).flatMap(([kind, { keys }]) =>
    Object.entries(keys).map(([key, { initial }]): [string, unknown] => [
      commonKeys.includes(key) ? `check.${key}` : `check.${kind.replace('https', 'http')}.${key}`,
      key === 'type' ? undefined : initial,
    ]),
  ),
]);

const kinds = ['grpc', 'file'];
const known = [...found].filter(
  ([key, value]) =>
    isPlain(value) &&
    !kinds.some((kind) => key.startsWith(`check.${kind}.`)) &&
    !/(sorry_server|real_servers)\.tunnel\./.test(key),
);

/** All values that a document has at a path, through its lists; a check's may be one or several. */
const valuesAt = (value: unknown, [step, ...rest]: readonly string[]): unknown[] => {
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, step === undefined ? [] : [step, ...rest]));
  if (step === undefined) return [value];
  if (typeof value !== 'object' || value === null) return [undefined];
  return valuesAt((value as Record<string, unknown>)[step], rest);
};

describe('the defaults of the import', () => {
  const rows = new Map(defaults.map((row) => [row.key, row]));

  for (const [key] of known) it(`know ${key}`, () => assert.ok(rows.has(key)));

  it('have a row for no key that is not there', () => {
    assert.deepEqual(
      [...rows.keys()].filter((key) => !known.some(([name]) => name === key)),
      [],
    );
  });

  const file = 'test/unit/import/defaults.conf';
  const document = load(importKeepalived(file, hostFiles, { configId: 'main', environment: {} }).yaml);
  const differing = defaults.filter(
    ({ key, keepalived, purpose }) =>
      keepalived !== undefined &&
      purpose === undefined &&
      JSON.stringify(found.get(key)) !== JSON.stringify(keepalived),
  );
  for (const { key, keepalived } of differing.filter(({ key }) => !key.startsWith('check.'))) {
    it(`write out keepalived's ${key}`, () => {
      const values = valuesAt(document, key.split('.'));
      assert.ok(values.length > 0 && readFileSync(file, 'utf8') !== '');
      assert.deepEqual([...new Set(values)], [keepalived]);
    });
  }

  it("write out keepalived's defaults of checks", () => {
    const [service] = valuesAt(document, ['virtual_services', 'checks', 'type']).length > 0 ? [document] : [];
    const checks =
      (service as { virtual_services: { checks: Record<string, unknown>[] }[] }).virtual_services[0]?.checks ?? [];
    for (const { key, keepalived } of differing.filter((row) => row.key.startsWith('check.'))) {
      const [, kind = '', name = kind] = key.split('.');
      const some =
        key.split('.').length === 2
          ? checks.filter(({ type }) => type === 'tcp')
          : checks.filter(({ type }) => type === kind);
      assert.ok(some.length > 0, key);
      for (const check of some) assert.deepEqual(check[name], keepalived, key);
    }
  });
});
