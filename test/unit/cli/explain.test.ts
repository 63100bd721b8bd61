// `regent explain`: every key of a file is explained by its path there, however deep it stands.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { explain } from '../../../cli/explain.ts';

/** The paths of all keys, without the places in lists. */
const pathsOf = (value: unknown, path: readonly string[] = []): string[] => {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, path));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key].join('.'), ...pathsOf(inner, [...path, key])]);
};

describe('regent explain', () => {
  const document = load(readFileSync('test/unit/config/every-key.yaml', 'utf8'));
  const paths = [...new Set(pathsOf(document))].filter((path) => !path.startsWith('x-'));

  it('knows every key of a file', () => {
    assert.ok(paths.length > 250, `${paths.length}`);
    for (const path of paths) assert.match(explain(path), /\S\n {2}\S/, path);
  });

  for (const [words, line] of [
    ['virtual_services.check.interval', /^check\.interval$/m],
    ['virtual_services[].real_servers[].checks[].tls.ca', /^tls\.ca$/m],
    ['check.body_matches', /^check of type http\.body_matches$/m],
    ['vrrp.groups.track.weight', /^track\.weight$/m],
    ['vrrp.routers.addresses.label', /^address\.label$/m],
    ['check.headers.x-token', /^check of type http\.headers$/m],
    ['check', /^check$/m],
    ['vrrp.routers[0].priority', /^vrrp\.routers\[\]\.priority$/m],
    ['virtual_router_id:', /^vrrp\.routers\[\]\.virtual_router_id$/m],
    ['.PRIORITY ', /^vrrp\.routers\[\]\.priority$/m],
  ] as const)
    it(`finds ${words}`, () => assert.match(explain(words), line));

  for (const words of [
    'virtual_services.check.intervall',
    'check.ca',
    'tunnel.rise',
    'nothing',
    '',
    '.',
    '*',
    '__proto__',
  ])
    it(`does not find ${words}`, () => assert.throws(() => explain(words), /there is no key/));
});
