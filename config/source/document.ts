// The configuration of a document, or all its faults, by path. Pure.

import { directorOf } from '../model/director.ts';
import type { DirectorConfig } from '../model/model.ts';
import { placesIn } from '../rules/places.ts';
import { checkRules } from '../rules/rules.ts';
import { director } from '../schema/director-keys.ts';
import { type Fault, type Made, readAs } from '../schema/kind.ts';

export type DocumentResult =
  | { readonly ok: true; readonly config: DirectorConfig }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Services as the file has them. */
export const serviceTextsOf = (document: unknown): string[] => {
  const { virtual_services: services = [] } = document as { virtual_services?: readonly unknown[] };
  return services.map((service) => JSON.stringify(service));
};

/** The configuration of a parsed YAML document, or all its faults: unknown keys, then other values, then rules. */
export const readDocument = (document: unknown): DocumentResult => {
  const { found, faults, origins } = readAs(director, document);
  const findings = found === undefined ? [] : checkRules(found, placesIn(origins));
  // Without a fault all was found.
  if (faults.length + findings.length === 0)
    return {
      ok: true,
      config: { ...directorOf(found as Made<typeof director>), serviceTexts: serviceTextsOf(document) },
    };
  return {
    ok: false,
    faults: [
      ...faults.filter(({ kind }) => kind === 'unknown'),
      ...faults.filter(({ kind }) => kind !== 'unknown'),
      ...findings.map((finding): Fault => ({ kind: 'value', ...finding })),
    ],
  };
};

/** All faults of a parsed YAML document; empty if it is valid. */
export const faultsOf = (document: unknown): readonly Fault[] => {
  const result = readDocument(document);
  return result.ok ? [] : result.faults;
};
