// A check, whose type decides which keys it may have; problems are reported for the keys of that type.

import { z } from 'zod';
import type { CheckConfig, CheckType } from '../model/check-model.ts';
import { findClashes } from '../rules/check-rules.ts';
import { flapDampingKeys } from './check-common-schema.ts';
import { checkKinds } from './check-kinds.ts';
import { tlsKeys } from './tls-schema.ts';
import { choice } from './values.ts';

const typeOf = choice(Object.keys(checkKinds) as CheckType[]).default('tcp');

const anyMapping = z.looseObject({});

// The editors' schema lists the kinds separately (json-schema.ts).
const check = z
  .unknown()
  .transform((input, context): CheckConfig => {
    const refuse = (issues: readonly z.core.$ZodIssue[], at: readonly string[], known?: readonly string[]): never => {
      for (const issue of issues) {
        const path = [...at, ...issue.path];
        const isOwnKey = issue.code === 'unrecognized_keys' && issue.path.length === 0;
        context.issues.push({ ...issue, path, input, ...(isOwnKey && { known }) } as z.core.$ZodRawIssue);
      }
      return z.NEVER;
    };
    const whole = anyMapping.safeParse(input);
    if (!whole.success) return refuse(whole.error.issues, []);
    const type = typeOf.safeParse(whole.data.type);
    if (!type.success) return refuse(type.error.issues, ['type']);
    const { keys, schema } = checkKinds[type.data];
    const parsed = schema.safeParse(input);
    if (!parsed.success) return refuse(parsed.error.issues, [], Object.keys(keys));
    const clashes = findClashes(whole.data, parsed.data);
    for (const { path, message } of clashes) context.issues.push({ code: 'custom', path: [...path], message, input });
    return parsed.data;
  })
  .meta({ id: 'check' });

/** The check of servers without a configured one. */
export const defaultCheck: CheckConfig = check.parse({});

/** A single check or a list of them, on a service or on one of its servers. */
export const checksKeys = {
  check: check.optional().meta({
    description: "How a server is probed: a service's check is for servers without one. Without any: tcp.",
    example: { type: 'tcp', interval: '1s', timeout: '500ms', rise: 2, fall: 3 },
  }),
  checks: z
    .array(check)
    .optional()
    .meta({
      description: 'Several checks, instead of check: all must pass. With an empty list a server counts as healthy.',
      example: [{ type: 'ping' }, { type: 'http', path: '/health' }],
    }),
};

/** The checks of a mapping; empty if it has none. */
export const checksOf = (raw: {
  readonly check?: CheckConfig | undefined;
  readonly checks?: readonly CheckConfig[] | undefined;
}): { readonly checks?: readonly CheckConfig[] } => {
  const checks = raw.checks ?? (raw.check && [raw.check]);
  return checks === undefined ? {} : { checks };
};

type Keys = Readonly<Record<string, z.ZodType>>;

/** The keys of the mappings within checks, by their paths. */
export const knownCheckKeys = (owner: string): Readonly<Record<string, Keys>> =>
  Object.fromEntries(
    ['check', 'checks'].flatMap((key) => [
      [`${owner}.${key}.tls`, tlsKeys],
      [`${owner}.${key}.flap_damping`, flapDampingKeys],
    ]),
  );
