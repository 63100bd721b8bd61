// The keys that each mapping of the configuration may have, found by walking the declaration.

import { director } from '../../../config/schema/director-keys.ts';
import type { AnyKind, Keys } from '../../../config/schema/kind.ts';

/** Mappings in the order of the declaration, each by its path without list indices, joined by dots; a check's of all types. */
const walk = (kind: AnyKind, path: string): (readonly [path: string, keys: Keys])[] => {
  switch (kind.form) {
    case 'scalar':
      return [];
    case 'list':
      return walk(kind.items, path);
    case 'either':
      return walk(kind.mapping, path);
    case 'tagged':
      return Object.values(kind.variants).flatMap((variant) => walk(variant, path));
    case 'mapping':
      return [
        [path, kind.keys],
        ...Object.entries(kind.keys).flatMap(([key, { kind: inner }]) =>
          walk(inner, path === '' ? key : `${path}.${key}`),
        ),
      ];
  }
};

export const knownKeys: ReadonlyMap<string, Keys> = walk(director, '').reduce(
  (known, [path, keys]) => known.set(path, { ...known.get(path), ...keys }),
  new Map<string, Keys>(),
);
